/** Compiles one comparison of the cluster query language into a predicate, or says what is wrong with it. Called by `query-language`. */
import { compileLinearRegex } from "./linear-regex.ts";
import type { SubjectLookup } from "./query-subjects.ts";

export type QueryOperator =
  | "=="
  | "!="
  | ">"
  | ">="
  | "<"
  | "<="
  | "=~"
  | "!~"
  | "exists"
  | "!exists"
  | "in"
  | "!in";

export type ComparisonInput = {
  readonly subject: string;
  readonly operator: QueryOperator;
  readonly values: readonly string[];
};

export type Comparison = (subjects: SubjectLookup) => boolean;

type ValueKind = "text" | "version" | "time" | "number";
type ScalarSubject = {
  readonly kind: ValueKind;
  /** `undefined` when the instance does not have it; an attribute without a value is the empty text. */
  readonly read: (subjects: SubjectLookup) => string | undefined;
};

const SCALARS: Readonly<Record<string, ScalarSubject>> = {
  agentConnected: { kind: "text", read: (s) => String(s.agentConnected) },
  agentVersion: { kind: "version", read: (s) => s.agentVersion ?? undefined },
  ec2InstanceId: { kind: "text", read: (s) => s.ec2InstanceId ?? undefined },
  registeredAt: { kind: "time", read: (s) => String(s.registeredAtMs) },
  runningTasksCount: { kind: "number", read: (s) => String(s.runningTasksCount) },
};

/** Returns the predicate, or a text saying why there is none. */
export function compileComparison({ subject, operator, values }: ComparisonInput): Comparison | string {
  if (subject === "task:group") return groupComparison(operator, values);
  const scalar = scalarSubject(subject);
  if (!scalar) return `unknown subject ${subject}`;
  if (operator === "exists") return (subjects) => scalar.read(subjects) !== undefined;
  if (operator === "!exists") return (subjects) => scalar.read(subjects) === undefined;
  const test = valueTest(scalar.kind, operator, values);
  if (typeof test === "string") return test;
  // Also of a negative comparison: an instance without the attribute never satisfies it. `not (…)` is true there.
  return (subjects) => {
    const value = scalar.read(subjects);
    return value !== undefined && test(value);
  };
}

function scalarSubject(subject: string): ScalarSubject | null {
  if (Object.hasOwn(SCALARS, subject)) return SCALARS[subject] ?? null;
  if (!subject.startsWith("attribute:") || subject === "attribute:") return null;
  const name = subject.slice("attribute:".length);
  return {
    kind: "text",
    read: (subjects) => {
      const value = subjects.attribute(name);
      return value === undefined ? undefined : (value ?? "");
    },
  };
}

/** Positive operators ask whether any group with tasks here satisfies them; negative ones whether none satisfies the opposite. */
function groupComparison(operator: QueryOperator, values: readonly string[]): Comparison | string {
  if (operator === "exists") return (subjects) => subjects.groups().length > 0;
  if (operator === "!exists") return (subjects) => subjects.groups().length === 0;
  const positive = POSITIVE_OF[operator];
  const test = valueTest("text", positive ?? operator, values);
  if (typeof test === "string") return test;
  if (positive) return (subjects) => !subjects.groups().some(test);
  return (subjects) => subjects.groups().some(test);
}

const POSITIVE_OF: Partial<Record<QueryOperator, QueryOperator>> = { "!=": "==", "!~": "=~", "!in": "in" };

type ValueTest = (value: string) => boolean;

function valueTest(kind: ValueKind, operator: QueryOperator, values: readonly string[]): ValueTest | string {
  const [wanted = ""] = values;
  if (operator === "=~" || operator === "!~") {
    const regex = compileLinearRegex(wanted);
    if (!regex.ok) return regex.error;
    return operator === "=~" ? regex.matches : (value) => !regex.matches(value);
  }
  const compares = values.map((value) => comparator(kind, value));
  const wrong = compares.indexOf(null);
  if (wrong >= 0) return `${values[wrong]} is not a ${KIND_NAMES[kind]}`;
  const orders = compares.filter((compare) => compare !== null);
  if (operator === "in") return (value) => orders.some((compare) => compare(value) === 0);
  if (operator === "!in") return (value) => orders.every((compare) => compare(value) !== 0);
  const [order] = orders;
  if (!order) return "a value expected";
  return orderTest(operator, order);
}

const KIND_NAMES: Readonly<Record<ValueKind, string>> = {
  text: "text",
  version: "version",
  time: "date",
  number: "number",
};

function orderTest(operator: QueryOperator, order: Comparator): ValueTest | string {
  switch (operator) {
    case "==":
      return (value) => order(value) === 0;
    case "!=":
      return (value) => order(value) !== 0;
    case ">":
      return (value) => order(value) > 0;
    case ">=":
      return (value) => order(value) >= 0;
    case "<":
      return (value) => order(value) < 0;
    case "<=":
      return (value) => order(value) <= 0;
    default:
      return `operator ${operator} does not compare`;
  }
}

/** Orders an instance's value against the one in the expression. */
type Comparator = (value: string) => number;

function comparator(kind: ValueKind, wanted: string): Comparator | null {
  switch (kind) {
    case "text":
      return (value) => compareText(value, wanted);
    case "version": {
      const version = parseVersion(wanted);
      return version && ((value) => compareVersions(parseVersion(value) ?? [], version));
    }
    case "time": {
      const at = parseTime(wanted);
      return at === null ? null : (value) => Number(value) - at;
    }
    case "number":
      return NUMBER.test(wanted) ? (value) => Number(value) - Number(wanted) : null;
  }
}

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (NUMBER.test(a) && NUMBER.test(b) && Number(a) !== Number(b)) return Number(a) - Number(b);
  return a < b ? -1 : 1;
}

function parseVersion(text: string): readonly number[] | null {
  const found = /^v?(\d{1,9}(?:\.\d{1,9}){0,5})(?:[-+].*)?$/.exec(text);
  return found?.[1] ? found[1].split(".").map(Number) : null;
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A date is midnight UTC; a time without an offset is UTC too. */
function parseTime(text: string): number | null {
  const found = TIME.exec(text);
  if (!found) return null;
  const at = Date.parse(found[1] && !found[4] ? `${text}Z` : text);
  return Number.isNaN(at) ? null : at;
}
