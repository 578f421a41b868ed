/** Parses the regular subset of Java's regular expressions into a tree; `linear-regex` turns it into states. */

export type RegexNode =
  | { readonly kind: "char"; readonly test: (code: number) => boolean }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "sequence"; readonly items: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly options: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly item: RegexNode; readonly min: number; readonly max: number | null };

export type ParsedPattern =
  | { readonly ok: true; readonly node: RegexNode }
  | { readonly ok: false; readonly error: string };

const REPEAT_MAX = 100;

class PatternError extends Error {}
type Cursor = { readonly text: string; at: number };
type CharTest = (code: number) => boolean;

export function parsePattern(text: string): ParsedPattern {
  const cursor = { text, at: 0 };
  try {
    const node = parseChoice(cursor);
    if (cursor.at < text.length) throw new PatternError("an unmatched )");
    return { ok: true, node };
  } catch (error) {
    if (error instanceof PatternError)
      return { ok: false, error: `the regular expression has ${error.message}` };
    throw error;
  }
}

function take(cursor: Cursor, text: string): boolean {
  if (!cursor.text.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

function parseChoice(cursor: Cursor): RegexNode {
  const options = [parseSequence(cursor)];
  while (take(cursor, "|")) options.push(parseSequence(cursor));
  return { kind: "choice", options };
}

function parseSequence(cursor: Cursor): RegexNode {
  const items: RegexNode[] = [];
  while (cursor.at < cursor.text.length && !"|)".includes(cursor.text[cursor.at] as string)) {
    items.push(parseRepeats(cursor, parseAtom(cursor)));
  }
  return { kind: "sequence", items };
}

const COUNT = /\{(\d{1,3})(,(\d{1,3})?)?\}/y;

function parseRepeats(cursor: Cursor, item: RegexNode): RegexNode {
  const bounds = takeBounds(cursor);
  if (!bounds) return item;
  // A lazy quantifier matches the same whole values as a greedy one.
  if (!take(cursor, "?") && take(cursor, "+")) throw new PatternError("a possessive quantifier");
  if ("*+?{".includes(cursor.text[cursor.at] ?? " "))
    throw new PatternError("a quantifier after a quantifier");
  return { kind: "repeat", item, ...bounds };
}

function takeBounds(cursor: Cursor): { min: number; max: number | null } | null {
  if (take(cursor, "*")) return { min: 0, max: null };
  if (take(cursor, "+")) return { min: 1, max: null };
  if (take(cursor, "?")) return { min: 0, max: 1 };
  COUNT.lastIndex = cursor.at;
  const count = COUNT.exec(cursor.text);
  if (!count) return null;
  cursor.at += count[0].length;
  const min = Number(count[1]);
  const max = count[3] ? Number(count[3]) : count[2] ? null : min;
  if (min > REPEAT_MAX || (max !== null && (max > REPEAT_MAX || max < min))) {
    throw new PatternError(`a repeat count that is not in order or above ${REPEAT_MAX}`);
  }
  return { min, max };
}

function parseAtom(cursor: Cursor): RegexNode {
  if (take(cursor, "(")) return parseGroup(cursor);
  if (take(cursor, "[")) return { kind: "char", test: parseClass(cursor) };
  if (take(cursor, ".")) return { kind: "char", test: (code) => code !== 10 && code !== 13 };
  if (take(cursor, "^")) return { kind: "start" };
  if (take(cursor, "$")) return { kind: "end" };
  if (take(cursor, "\\")) return { kind: "char", test: parseEscape(cursor).test };
  const char = cursor.text[cursor.at] as string;
  if ("*+?{".includes(char)) throw new PatternError(`nothing before ${char}`);
  cursor.at++;
  return { kind: "char", test: equals(char.charCodeAt(0)) };
}

function parseGroup(cursor: Cursor): RegexNode {
  if (take(cursor, "?") && !take(cursor, ":")) throw new PatternError("an unsupported group");
  const inner = parseChoice(cursor);
  if (!take(cursor, ")")) throw new PatternError("an unclosed (");
  return inner;
}

const equals =
  (wanted: number): CharTest =>
  (code) =>
    code === wanted;
const isDigit: CharTest = (code) => code >= 48 && code <= 57;
const isWord: CharTest = (code) =>
  isDigit(code) || code === 95 || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const isSpace: CharTest = (code) => code === 32 || (code >= 9 && code <= 13);
const isNot =
  (test: CharTest): CharTest =>
  (code) =>
    !test(code);

const ESCAPES: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  D: isNot(isDigit),
  w: isWord,
  W: isNot(isWord),
  s: isSpace,
  S: isNot(isSpace),
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12 };

/** After a backslash. `code` is set when the escape stands for one character, so it may begin a range. */
function parseEscape(cursor: Cursor): { test: CharTest; code: number | null } {
  const char = cursor.text[cursor.at];
  if (char === undefined) throw new PatternError("a backslash at the end");
  cursor.at++;
  if (Object.hasOwn(ESCAPES, char)) return { test: ESCAPES[char] as CharTest, code: null };
  const code = CONTROLS[char] ?? char.charCodeAt(0);
  if (!Object.hasOwn(CONTROLS, char) && /[A-Za-z0-9]/.test(char)) {
    throw new PatternError(`an unsupported escape \\${char}`);
  }
  return { test: equals(code), code };
}

function parseClass(cursor: Cursor): CharTest {
  const negated = take(cursor, "^");
  const tests: CharTest[] = [];
  for (let first = true; first || cursor.text[cursor.at] !== "]"; first = false) {
    if (cursor.at >= cursor.text.length) throw new PatternError("an unclosed [");
    tests.push(parseClassItem(cursor));
  }
  cursor.at++;
  const any: CharTest = (code) => tests.some((test) => test(code));
  return negated ? isNot(any) : any;
}

function parseClassItem(cursor: Cursor): CharTest {
  const from = classChar(cursor);
  const next = cursor.text[cursor.at + 1];
  if (from.code === null || cursor.text[cursor.at] !== "-" || next === undefined || next === "]")
    return from.test;
  cursor.at++;
  const to = classChar(cursor);
  const low = from.code;
  const high = to.code;
  if (high === null || high < low) throw new PatternError("a range that is not in order");
  return (code) => code >= low && code <= high;
}

function classChar(cursor: Cursor): { test: CharTest; code: number | null } {
  if (take(cursor, "\\")) return parseEscape(cursor);
  if (cursor.text[cursor.at] === "[" || cursor.text.startsWith("&&", cursor.at)) {
    throw new PatternError("a nested character class");
  }
  const code = cursor.text.charCodeAt(cursor.at);
  cursor.at++;
  return { test: equals(code), code };
}
