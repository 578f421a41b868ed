/** Reads a filter pattern for unstructured events into a predicate; FilterLogEvents calls this. */
import { logsErrors } from "./errors.ts";

interface Term {
  readonly text: string;
  readonly kind: "required" | "excluded" | "optional";
}

/** One term: an optional sign, then a quoted text or one without blanks. */
const TERM = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/uy;

/**
 * Terms are case-sensitive and may stand anywhere in an event. `?` terms are alternatives, and count for nothing beside
 * others. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (text === "") return () => true;
  if (text.startsWith("{")) throw logsErrors.unsupported("Filter patterns for JSON events are");
  if (text.startsWith("[")) throw logsErrors.unsupported("Filter patterns for space-delimited events are");
  const terms = readTerms(text);
  const of = (kind: Term["kind"]) => terms.filter((term) => term.kind === kind).map((term) => term.text);
  const [required, excluded, optional] = [of("required"), of("excluded"), of("optional")];
  if (required.length === 0 && excluded.length === 0) {
    return (message) => optional.some((term) => message.includes(term));
  }
  return (message) =>
    required.every((term) => message.includes(term)) && !excluded.some((term) => message.includes(term));
}

function readTerms(text: string): readonly Term[] {
  const terms: Term[] = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const match = TERM.exec(text);
    if (!match) throw logsErrors.badPattern(text);
    const [, sign, quoted, bare = ""] = match;
    if (bare.length > 1 && bare.startsWith("%") && bare.endsWith("%")) {
      throw logsErrors.unsupported("Regular expressions in filter patterns are");
    }
    terms.push({
      text: quoted === undefined ? bare : quoted.replace(/\\(.)/gu, "$1"),
      kind: sign === "-" ? "excluded" : sign === "?" ? "optional" : "required",
    });
  }
  return terms;
}
