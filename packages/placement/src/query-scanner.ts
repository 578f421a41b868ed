/** Reads the words, operators and values of a cluster query expression; `query-language` alone drives it. */
import type { QueryOperator } from "./query-comparison.ts";

export class QuerySyntaxError extends Error {}

const SYMBOL_OPERATORS: readonly (readonly [string, QueryOperator])[] = [
  ["==", "=="],
  ["!=", "!="],
  [">=", ">="],
  ["<=", "<="],
  ["=~", "=~"],
  ["!~", "!~"],
  [">", ">"],
  ["<", "<"],
];

const WORD_OPERATORS: Readonly<Record<string, QueryOperator>> = {
  equals: "==",
  not_equals: "!=",
  greater_than: ">",
  greater_than_equal: ">=",
  less_than: "<",
  less_than_equal: "<=",
  matches: "=~",
  not_matches: "!~",
  exists: "exists",
  "!exists": "!exists",
  not_exists: "!exists",
  in: "in",
  "!in": "!in",
  not_in: "!in",
};

const SUBJECT = /[A-Za-z0-9_.\-/\\:]+/y;
const WORD_OPERATOR = /!?[A-Za-z_]+/y;

export class QueryScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  error(problem: string): QuerySyntaxError {
    return new QuerySyntaxError(`${problem} at position ${this.#at + 1}`);
  }

  atEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  takeSymbol(symbol: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(symbol, this.#at)) return false;
    this.#at += symbol.length;
    return true;
  }

  /** A keyword counts only where the word ends: `order` is not `or`. */
  takeWord(word: string): boolean {
    this.#skipSpace();
    const end = this.#at + word.length;
    if (this.#text.slice(this.#at, end).toLowerCase() !== word) return false;
    if (/[A-Za-z0-9_.\-/\\:]/.test(this.#text[end] ?? "")) return false;
    this.#at = end;
    return true;
  }

  takeSubject(): string {
    const subject = this.#match(SUBJECT);
    if (subject === null) throw this.error("a subject such as attribute:name expected");
    return subject;
  }

  takeOperator(): QueryOperator {
    for (const [symbol, operator] of SYMBOL_OPERATORS) if (this.takeSymbol(symbol)) return operator;
    const start = this.#at;
    const word = this.#match(WORD_OPERATOR)?.toLowerCase() ?? "";
    if (Object.hasOwn(WORD_OPERATORS, word)) return WORD_OPERATORS[word] as QueryOperator;
    this.#at = start;
    throw this.error("an operator expected");
  }

  /** A quoted text, or everything up to a space or what closes the surrounding list or parenthesis. */
  takeValue(kind: "plain" | "regex"): string {
    this.#skipSpace();
    const quote = this.#text[this.#at];
    if (quote === '"' || quote === "'") return this.#quoted(quote);
    const start = this.#at;
    let open = 0;
    while (this.#at < this.#text.length && !this.#endsValue(kind, open)) {
      const char = this.#text[this.#at] as string;
      if (kind === "regex" && char === "\\") this.#at++;
      else if (kind === "regex" && "([{".includes(char)) open++;
      else if (kind === "regex" && ")]}".includes(char)) open--;
      this.#at++;
    }
    this.#at = Math.min(this.#at, this.#text.length);
    if (this.#at === start) throw this.error("a value expected");
    return this.#text.slice(start, this.#at);
  }

  #endsValue(kind: "plain" | "regex", open: number): boolean {
    const char = this.#text[this.#at] as string;
    if (/\s/.test(char)) return true;
    if (open > 0) return false;
    if (this.#text.startsWith("&&", this.#at) || this.#text.startsWith("||", this.#at)) return true;
    return kind === "regex" ? char === ")" : "()[],".includes(char);
  }

  #quoted(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) throw this.error("a closing quotation mark is missing");
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  #match(pattern: RegExp): string | null {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}
