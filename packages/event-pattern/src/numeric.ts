/** `numeric` of event patterns: one comparison, or two that bound a range. `matchers.ts` calls it. */
import { invalid } from "./pattern-error.ts";

/** AWS compares no number beyond it. */
const MAGNITUDE_MAX = 5e9;

type Compare = (value: number, bound: number) => boolean;

const LOWER: Readonly<Record<string, Compare>> = { ">": (v, b) => v > b, ">=": (v, b) => v >= b };
const UPPER: Readonly<Record<string, Compare>> = { "<": (v, b) => v < b, "<=": (v, b) => v <= b };
const EQUAL: Readonly<Record<string, Compare>> = { "=": (v, b) => v === b };

export function compileNumeric(given: unknown): (value: number) => boolean {
  if (!Array.isArray(given)) throw invalid("Value of numeric must be an array.");
  if (given.length === 0) throw invalid("Invalid member in numeric match: ]");
  const [operator, bound, second, top, ...rest] = given as unknown[];
  const lower = comparison(LOWER, operator, bound);
  if (!lower) {
    const only = comparison({ ...UPPER, ...EQUAL }, operator, bound);
    if (!only) throw invalid(`Unrecognized numeric range operator: ${String(operator)}`);
    if (given.length > 2) throw invalid("Too many terms in numeric range expression");
    return only.test;
  }
  if (second === undefined) return lower.test;
  const upper = comparison(UPPER, second, top);
  if (!upper) throw invalid(`Bad numeric range operator: ${String(second)}`);
  if (rest.length > 0) throw invalid("Too many terms in numeric range expression");
  if (lower.bound >= upper.bound) throw invalid("Bottom must be less than top");
  return (value) => lower.test(value) && upper.test(value);
}

function comparison(table: Readonly<Record<string, Compare>>, operator: unknown, bound: unknown) {
  if (typeof operator !== "string" || !Object.hasOwn(table, operator)) return null;
  const compare = table[operator] as Compare;
  if (typeof bound !== "number") throw invalid(`Value of ${operator} must be numeric`);
  if (Math.abs(bound) > MAGNITUDE_MAX) {
    throw invalid(`Value must be between ${-MAGNITUDE_MAX} and ${MAGNITUDE_MAX}, inclusive`);
  }
  return { bound, test: (value: number) => compare(value, bound) };
}
