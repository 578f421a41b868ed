/**
 * Fills in `${aws:username}` and the like. Only documents of version 2012-10-17 have variables. `evaluate` calls it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import type { RequestContext } from "./context.ts";
import type { PolicyVersion } from "./policy.ts";
import { literalOf, type Pattern, patternOf } from "./wildcard.ts";

const ESCAPES: Readonly<Record<string, string>> = { "*": "*", "?": "?", $: "$" };

/** Null when a variable has no value, or several: such a pattern matches nothing. */
export function expandPattern(text: string, version: PolicyVersion, context: RequestContext): Pattern | null {
  if (version !== "2012-10-17" || !text.includes("${")) return patternOf(text);
  const pieces: Pattern[] = [];
  let at = 0;
  for (let open = text.indexOf("${"); open >= 0; open = text.indexOf("${", at)) {
    const close = text.indexOf("}", open);
    if (close < 0) break;
    pieces.push(patternOf(text.slice(at, open)));
    const value = variableValue(text.slice(open + 2, close), context);
    if (value === null) return null;
    pieces.push(literalOf(value));
    at = close + 1;
  }
  pieces.push(patternOf(text.slice(at)));
  return pieces.flat();
}

/** The same for operators without wildcards, which compare the text itself. */
export function expandText(text: string, version: PolicyVersion, context: RequestContext): string | null {
  const pattern = expandPattern(text, version, context);
  if (!pattern) return null;
  return pattern
    .map((piece) => (piece.kind === "text" ? piece.char : piece.kind === "any" ? "*" : "?"))
    .join("");
}

/** `${key}` or `${key, 'default'}`. */
function variableValue(variable: string, context: RequestContext): string | null {
  if (Object.hasOwn(ESCAPES, variable)) return ESCAPES[variable] ?? null;
  const comma = variable.indexOf(",");
  const key = (comma < 0 ? variable : variable.slice(0, comma)).trim();
  const values = context.get(key);
  if (values?.length === 1) return values[0] ?? null;
  if (values || comma < 0) return null;
  return /^\s*'(.*)'\s*$/.exec(variable.slice(comma + 1))?.[1] ?? null;
}
