/** Reads EventBridge's event patterns and matches events against them; the api checks rules with it, the event bus events. */
import { isScalar, type Matcher, readMatcher, type Scalar } from "./matchers.ts";
import { invalid } from "./pattern-error.ts";

/** Whether an event, as JSON gives it, is what a pattern asks for. */
export type EventPattern = (event: unknown) => boolean;

/** Throws an `EventPatternError` that says what is wrong with the text. */
export function compileEventPattern(text: string): EventPattern {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw invalid("Event pattern is not valid JSON");
  }
  if (!isObject(given)) throw invalid("Filter is not an object");
  return compileObject(given);
}

const ALTERNATIVES = "$or";

/** All fields must match, and of a list of objects one must match in all of them. */
function compileObject(given: Readonly<Record<string, unknown>>): EventPattern {
  const entries = Object.entries(given);
  if (entries.length === 0) throw invalid("Empty objects are not allowed");
  const tests = entries.map(([name, wanted]) =>
    name === ALTERNATIVES ? compileAlternatives(wanted) : compileField(name, wanted),
  );
  return (event) => candidates(event).some((object) => tests.every((test) => test(object)));
}

function compileField(name: string, wanted: unknown): EventPattern {
  const test = compileWanted(name, wanted);
  return (event) => test(fieldOf(event, name));
}

function compileWanted(name: string, wanted: unknown): EventPattern {
  if (Array.isArray(wanted)) return compileValues(wanted);
  if (!isObject(wanted)) throw invalid(`"${name}" must be an object or an array`);
  return compileObject(wanted);
}

/** One of the matchers must hold for one of the field's values. */
function compileValues(wanted: readonly unknown[]): EventPattern {
  if (wanted.length === 0) throw invalid("Empty arrays are not allowed");
  const matchers = wanted.map(readMatcher);
  return (value) => {
    const scalars = scalarsOf(value);
    return matchers.some((matcher) => holds(matcher, scalars));
  };
}

function holds(matcher: Matcher, values: readonly Scalar[]): boolean {
  return matcher.kind === "exists" ? values.length > 0 === matcher.wanted : values.some(matcher.test);
}

function compileAlternatives(given: unknown): EventPattern {
  if (!Array.isArray(given) || given.length < 2 || !given.every(isObject)) {
    throw invalid(`${ALTERNATIVES} must be an array of at least two objects`);
  }
  const tests = given.map(compileObject);
  return (event) => tests.some((test) => test(event));
}

/** What a pattern's object may be compared with: an object, each of a list, or nothing where no field must exist. */
const candidates = (event: unknown): readonly unknown[] =>
  Array.isArray(event) && event.length > 0 ? event.flatMap(candidates) : [event];

const fieldOf = (event: unknown, name: string): unknown =>
  isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;

/** The values of a field: lists are looked into, objects have none of their own. */
function scalarsOf(value: unknown): readonly Scalar[] {
  if (Array.isArray(value)) return value.flatMap(scalarsOf);
  return isScalar(value) ? [value] : [];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
