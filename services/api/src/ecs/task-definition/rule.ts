/** The shape of a registration rule and the few words rules are written in. */
import type { ContainerDefinition, TaskDefinition } from "@roadstead/model/task-definition";

/** A rule looks at a normalised definition and answers AWS's error text, or null when it holds. */
export interface Rule {
  readonly name: string;
  readonly check: (definition: TaskDefinition) => string | null;
}

/** The first error of a list of checks, in order. */
export function firstError<T>(items: Iterable<T>, check: (item: T) => string | null): string | null {
  for (const item of items) {
    const error = check(item);
    if (error !== null) return error;
  }
  return null;
}

/** A rule that looks at each container by itself. */
export const containerRule = (
  name: string,
  check: (container: ContainerDefinition, definition: TaskDefinition) => string | null,
): Rule => ({
  name,
  check: (definition) =>
    firstError(definition.containerDefinitions, (container) => check(container, definition)),
});

/** The first value that occurs twice. */
export function firstDuplicate(values: Iterable<string>): string | null {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) return value;
    seen.add(value);
  }
  return null;
}

export const isWithin = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** `value` is what the caller sent, which the wire does not check against the model's enumerations. */
export const oneOf = (what: string, value: string | undefined, allowed: readonly string[]): string | null =>
  value === undefined || allowed.includes(value) ? null : `${what} should be one of [${allowed.join(",")}]`;
