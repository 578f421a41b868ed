/**
 * Patterns with `*` and `?`, in which a policy variable's value never acts as a wildcard. Matching takes at most pattern × value
 * steps and never backtracks further than the last `*`. Statements and the Like operators call it.
 */

/** A text to be matched literally, or one of the two wildcards. */
type Piece = { readonly kind: "text"; readonly char: string } | { readonly kind: "any" | "one" };

export type Pattern = readonly Piece[];

export function patternOf(text: string): Pattern {
  return Array.from({ length: text.length }, (_, i) => pieceOf(text[i] as string));
}

export function literalOf(text: string): Pattern {
  return Array.from({ length: text.length }, (_, i) => ({ kind: "text" as const, char: text[i] as string }));
}

export function matchesWildcard(pattern: Pattern, value: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < value.length) {
    const piece = pattern[at];
    if (piece?.kind === "any") {
      star = at++;
      resume = position;
    } else if (piece && matchesOne(piece, value[position] as string)) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else return false;
  }
  while (pattern[at]?.kind === "any") at++;
  return at === pattern.length;
}

function matchesOne(piece: Piece, char: string): boolean {
  return piece.kind === "one" || (piece.kind === "text" && piece.char === char);
}

function pieceOf(char: string): Piece {
  if (char === "*") return { kind: "any" };
  if (char === "?") return { kind: "one" };
  return { kind: "text", char };
}
