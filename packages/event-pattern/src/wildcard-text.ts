/** `wildcard` of event patterns: `*` stands for any text, a backslash takes `*` and itself literally. `matchers.ts` calls it. */
import { matchesWildcard, type Pattern } from "@roadstead/iam-policy/wildcard";
import { invalid } from "./pattern-error.ts";

export function compileWildcard(text: string): (value: string) => boolean {
  const pieces: Pattern[number][] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "*") {
      if (pieces.at(-1)?.kind === "any") throw invalid(`Consecutive wildcard characters at pos ${at - 1}`);
      pieces.push({ kind: "any" });
    } else if (char === "\\") {
      const next = text[++at];
      if (next !== "*" && next !== "\\") throw invalid(`Invalid escape character at pos ${at - 1}`);
      pieces.push({ kind: "text", char: next });
    } else pieces.push({ kind: "text", char });
  }
  return (value) => matchesWildcard(pieces, value);
}
