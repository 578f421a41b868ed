/** Arn* operators: each of the six parts of an ARN is matched for itself, so a `*` does not reach over a colon. */
import { matchesWildcard, type Pattern } from "../wildcard.ts";

const PARTS = 6;

export function matchesArn(pattern: Pattern, arn: string): boolean {
  const wanted = splitPattern(pattern);
  const parts = splitArn(arn);
  if (wanted.length !== PARTS || parts.length !== PARTS)
    return pattern.length === 1 && pattern[0]?.kind === "any";
  return wanted.every((part, i) => matchesWildcard(part, parts[i] as string));
}

function splitPattern(pattern: Pattern): readonly Pattern[] {
  const parts: Pattern[] = [];
  let start = 0;
  for (let i = 0; i < pattern.length && parts.length < PARTS - 1; i++) {
    const piece = pattern[i];
    if (piece?.kind !== "text" || piece.char !== ":") continue;
    parts.push(pattern.slice(start, i));
    start = i + 1;
  }
  return [...parts, pattern.slice(start)];
}

/** The resource part may hold colons itself. */
function splitArn(arn: string): readonly string[] {
  const parts = arn.split(":");
  return parts.length <= PARTS ? parts : [...parts.slice(0, PARTS - 1), parts.slice(PARTS - 1).join(":")];
}
