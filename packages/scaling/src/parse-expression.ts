/** Reads a metric math expression into a tree; `metric-math` evaluates it. Pure. */

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "query"; readonly id: string }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: "negative"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    };

export type Operator = "+" | "-" | "*" | "/" | "^" | "<" | ">" | "<=" | ">=" | "==" | "!=" | "AND" | "OR";

/** What is wrong with an expression, for whoever wrote it. */
export class ExpressionError extends Error {}

const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z]\w*)|(?<text>"[^"]*"|'[^']*')|(?<sign><=|>=|==|!=|&&|\|\||[-+*/^(),<>[\]]))/y;
const DEPTH_MAX = 64;
const LENGTH_MAX = 2_048;

type Token = { readonly kind: "number" | "name" | "text" | "sign"; readonly text: string };

function tokensOf(text: string): readonly Token[] {
  if (text.length > LENGTH_MAX) throw new ExpressionError("The expression is too long.");
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    const found = Object.entries(groups ?? {}).find(([, value]) => value !== undefined);
    if (!found) throw new ExpressionError(`Unexpected character at ${at + 1}.`);
    tokens.push({ kind: found[0] as Token["kind"], text: found[1] ?? "" });
  }
  return tokens;
}

/** Each level binds more tightly than the one before. */
const LEVELS: readonly (readonly string[])[] = [
  ["||", "OR"],
  ["&&", "AND"],
  ["<", ">", "<=", ">=", "==", "!="],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];
const WORDS: Readonly<Record<string, Operator>> = { "||": "OR", "&&": "AND" };

export function parseExpression(text: string): Expression {
  if (/^\s*SELECT\s/i.test(text)) {
    throw new ExpressionError("Metrics Insights queries are not supported by this server (not built yet).");
  }
  const reader = new Reader(tokensOf(text));
  const expression = readLevel(reader, 0, 0);
  if (reader.peek() !== "") throw new ExpressionError(`Unexpected '${reader.peek()}'.`);
  return expression;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): string {
    return this.#tokens[this.#at]?.text ?? "";
  }

  take(): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw new ExpressionError("The expression ends too early.");
    return token;
  }

  takeIf(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  expect(text: string): void {
    if (!this.takeIf(text)) throw new ExpressionError(`'${text}' is missing.`);
  }
}

function readLevel(reader: Reader, level: number, depth: number): Expression {
  if (depth > DEPTH_MAX) throw new ExpressionError("The expression is nested too deeply.");
  const operators = LEVELS[level];
  if (!operators) return readUnary(reader, depth);
  let left = readLevel(reader, level + 1, depth);
  while (operators.includes(reader.peek())) {
    const { text } = reader.take();
    const right = readLevel(reader, level + 1, depth);
    left = { kind: "binary", operator: WORDS[text] ?? (text as Operator), left, right };
  }
  return left;
}

function readUnary(reader: Reader, depth: number): Expression {
  if (depth > DEPTH_MAX) throw new ExpressionError("The expression is nested too deeply.");
  if (reader.takeIf("-")) return { kind: "negative", of: readUnary(reader, depth + 1) };
  const { kind, text } = reader.take();
  if (kind === "number") return { kind: "number", value: Number(text) };
  if (kind === "text") return { kind: "text", value: text.slice(1, -1) };
  if (kind === "name") {
    if (!reader.takeIf("(")) return { kind: "query", id: text };
    return { kind: "call", name: text.toUpperCase(), given: readItems(reader, ")", depth) };
  }
  if (text === "[") return { kind: "list", items: readItems(reader, "]", depth) };
  if (text !== "(") throw new ExpressionError(`Unexpected '${text}'.`);
  const inner = readLevel(reader, 0, depth + 1);
  reader.expect(")");
  return inner;
}

function readItems(reader: Reader, end: string, depth: number): readonly Expression[] {
  const items: Expression[] = [];
  while (!reader.takeIf(end)) {
    if (items.length > 0) reader.expect(",");
    items.push(readLevel(reader, 0, depth + 1));
  }
  return items;
}
