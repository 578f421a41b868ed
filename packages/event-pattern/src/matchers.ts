/** What may stand in the list of a pattern's field: a plain value, or an object of one comparison. `event-pattern.ts` calls it. */
import { inAddressRange } from "@roadstead/iam-policy/operators/ip-address";
import { compileNumeric } from "./numeric.ts";
import { invalid } from "./pattern-error.ts";
import { compileWildcard } from "./wildcard-text.ts";

export type Scalar = string | number | boolean | null;
type Test = (value: Scalar) => boolean;

/** A test that one of the field's values must pass, or whether the field must have any. */
export type Matcher =
  | { readonly kind: "value"; readonly test: Test }
  | { readonly kind: "exists"; readonly wanted: boolean };

export function readMatcher(given: unknown): Matcher {
  if (isScalar(given)) return { kind: "value", test: (value) => value === given };
  if (typeof given !== "object" || Array.isArray(given)) {
    throw invalid("Match value must be String, number, true, false, or null");
  }
  const [name, operand] = onlyEntry(given as object);
  if (name === "exists") {
    if (typeof operand !== "boolean") throw invalid("exists match pattern must be either true or false.");
    return { kind: "exists", wanted: operand };
  }
  const read = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
  if (!read) throw invalid(`Unrecognized match type ${name}`);
  return { kind: "value", test: read(operand) };
}

const COMPARISONS: Readonly<Record<string, (operand: unknown) => Test>> = {
  prefix: (operand) => affix("prefix", operand),
  suffix: (operand) => affix("suffix", operand),
  "equals-ignore-case": (operand) => {
    const wanted = text("equals-ignore-case", operand).toLowerCase();
    return onText((value) => value.toLowerCase() === wanted);
  },
  wildcard: (operand) => onText(compileWildcard(text("wildcard", operand))),
  cidr: (operand) => {
    const range = text("cidr", operand);
    const [base = "", ...bits] = range.split("/");
    if (bits.length !== 1 || !inAddressRange(range, base)) throw invalid(`Malformed CIDR: ${range}`);
    return onText((value) => inAddressRange(range, value));
  },
  numeric: (operand) => {
    const test = compileNumeric(operand);
    return (value) => typeof value === "number" && test(value);
  },
  "anything-but": anythingBut,
};

/** These may be excluded as well, each as one text or a list of them. */
const EXCLUDABLE = ["prefix", "suffix", "equals-ignore-case", "wildcard"];

function anythingBut(operand: unknown): Test {
  const isObject = typeof operand === "object" && operand !== null && !Array.isArray(operand);
  if (isObject) {
    const [name, excluded] = onlyEntry(operand);
    const read = EXCLUDABLE.includes(name) ? COMPARISONS[name] : undefined;
    if (!read) throw invalid(`Unsupported anything-but pattern: ${name}`);
    const tests = listOf(excluded).map((one) => read(one));
    return (value) => !tests.some((test) => test(value));
  }
  const excluded = listOf(operand);
  const types = new Set(excluded.map((value) => typeof value));
  const isUniform = types.size === 1 && (types.has("string") || types.has("number"));
  if (!isUniform) {
    throw invalid(
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    );
  }
  return (value) => !excluded.includes(value);
}

function affix(name: "prefix" | "suffix", operand: unknown): Test {
  const isAt = (value: string, part: string) =>
    name === "prefix" ? value.startsWith(part) : value.endsWith(part);
  if (typeof operand !== "object" || operand === null || Array.isArray(operand)) {
    const part = text(name, operand);
    return onText((value) => isAt(value, part));
  }
  const [inner, folded] = onlyEntry(operand);
  if (inner !== "equals-ignore-case") throw invalid(`Unsupported ${name} pattern: ${inner}`);
  const part = text(inner, folded).toLowerCase();
  return onText((value) => isAt(value.toLowerCase(), part));
}

const onText =
  (test: (value: string) => boolean): Test =>
  (value) =>
    typeof value === "string" && test(value);

function text(name: string, operand: unknown): string {
  if (typeof operand !== "string") throw invalid(`${name} match pattern must be a string`);
  return operand;
}

function listOf(operand: unknown): readonly unknown[] {
  if (!Array.isArray(operand)) return [operand];
  if (operand.length === 0) throw invalid("Empty arrays are not allowed");
  return operand;
}

function onlyEntry(given: object): readonly [string, unknown] {
  const [entry, ...rest] = Object.entries(given);
  if (!entry) throw invalid("Empty objects are not allowed");
  if (rest.length > 0) throw invalid("Only one key allowed in match expression");
  return entry;
}

export const isScalar = (value: unknown): value is Scalar =>
  value === null || ["string", "number", "boolean"].includes(typeof value);
