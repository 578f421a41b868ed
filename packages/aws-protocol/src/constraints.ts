/** Checks the lengths, ranges, patterns and enumerations that the SDK's schemas do not carry, in AWS's words. */

import { serializationError } from "./errors.ts";

/** What one shape allows; absent members say nothing. Written by `tools/constraints`. */
export interface ShapeConstraint {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

/** A member leads to a shape; shapes are structures, lists, maps or constrained scalars. */
export type ShapeNode =
  | { readonly kind: "struct"; readonly members: Readonly<Record<string, string>> }
  | ({ readonly kind: "list"; readonly member?: string } & ShapeConstraint)
  | ({ readonly kind: "map"; readonly value?: string } & ShapeConstraint)
  | ({ readonly kind: "string" | "number" | "integer" | "long" } & ShapeConstraint);

/** Input shape by operation, and every shape that constrains something or leads to one that does. */
export interface ServiceConstraints {
  readonly inputs: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, ShapeNode>>;
}

export interface Violation {
  readonly path: string;
  /** What the value breaks, e.g. `Member must not be null`. */
  readonly rule: string;
  readonly text: string;
}

/** How a service words what the model forbids. */
export type ValidationMessage = (violations: readonly Violation[]) => string;

const VIOLATIONS_MAX = 10;
const SHOWN_CHARS = 256;

/** Everything about `input` that AWS's model forbids, at most ten lines. */
export function violationsOf(
  constraints: ServiceConstraints,
  operation: string,
  input: unknown,
): readonly Violation[] {
  const found: Violation[] = [];
  const root = constraints.inputs[operation];
  if (root !== undefined) visit(constraints, root, input, "", found);
  return found;
}

/** The text of most services for a list of violations. */
export const validationMessage: ValidationMessage = (violations) => {
  const count = violations.length;
  return `${count} validation error${count === 1 ? "" : "s"} detected: ${violations.map(({ text }) => text).join("; ")}`;
};

const PATTERN_RULE = "Member must satisfy regular expression pattern: ";

/** ECR's text, which names the first violation only. */
export const parameterMessage: ValidationMessage = ([violation]) => {
  if (!violation) return "";
  const { path, rule } = violation;
  const reason = rule.startsWith(PATTERN_RULE)
    ? `must satisfy regular expression '${rule.slice(PATTERN_RULE.length)}'`
    : rule;
  return `Invalid parameter at '${path}' failed to satisfy constraint: '${reason}'`;
};

const NOT_NULL = "Member must not be null";

/** EC2's texts, which name the first violation only. */
export const ec2Message: ValidationMessage = ([violation]) => {
  if (!violation) return "";
  const { path, rule, text } = violation;
  if (rule === NOT_NULL) return `The request must contain the parameter ${path}`;
  const value = /^Value '([\s\S]*)' at '/.exec(text)?.[1] ?? "";
  return `Value (${value}) for parameter ${path} is invalid. ${rule}`;
};

function visit(
  constraints: ServiceConstraints,
  shape: string,
  value: unknown,
  path: string,
  found: Violation[],
): void {
  const node = constraints.shapes[shape];
  if (!node || value === undefined || value === null || found.length >= VIOLATIONS_MAX) return;
  const report = (rule: string) => {
    if (found.length < VIOLATIONS_MAX) {
      found.push({
        path,
        rule,
        text: `Value '${shown(value)}' at '${path}' failed to satisfy constraint: ${rule}`,
      });
    }
  };
  switch (node.kind) {
    case "struct":
      for (const [name, member] of Object.entries(node.members)) {
        const at = path === "" ? decapitalise(name) : `${path}.${decapitalise(name)}`;
        visit(constraints, member, (value as Record<string, unknown>)[name], at, found);
      }
      return;
    case "list":
      visitList(constraints, node, value as readonly unknown[], path, found, report);
      return;
    case "map":
      visitMap(constraints, node, value as Readonly<Record<string, unknown>>, path, found, report);
      return;
    case "integer":
    case "long":
      checkWhole(node.kind, value as number, path);
      rangeRules(node, value as number, report);
      return;
    case "number":
      rangeRules(node, value as number, report);
      return;
    case "string":
      stringRules(node, value as string, report);
      return;
    default:
      node satisfies never;
  }
}

type Report = (rule: string) => void;

function visitList(
  constraints: ServiceConstraints,
  node: ShapeNode & { readonly kind: "list" },
  list: readonly unknown[],
  path: string,
  found: Violation[],
  report: Report,
): void {
  sizeRules(node, list.length, report);
  if (node.member === undefined) return;
  for (const [index, item] of list.entries()) {
    visit(constraints, node.member, item, `${path}.${index + 1}.member`, found);
  }
}

function visitMap(
  constraints: ServiceConstraints,
  node: ShapeNode & { readonly kind: "map" },
  map: Readonly<Record<string, unknown>>,
  path: string,
  found: Violation[],
  report: Report,
): void {
  const entries = Object.entries(map);
  sizeRules(node, entries.length, report);
  if (node.value === undefined) return;
  for (const [key, entry] of entries) visit(constraints, node.value, entry, `${path}.${key}.member`, found);
}

function sizeRules({ min, max }: ShapeConstraint, size: number, report: Report): void {
  if (min !== undefined && size < min) report(`Member must have length greater than or equal to ${min}`);
  if (max !== undefined && size > max) report(`Member must have length less than or equal to ${max}`);
}

const INTEGER_MAX = 2 ** 31 - 1;

/** The SDK's schemas know numbers only; a fraction or an overflow is no Integer to AWS. */
function checkWhole(kind: "integer" | "long", value: number, path: string): void {
  const max = kind === "integer" ? INTEGER_MAX : Number.MAX_SAFE_INTEGER;
  if (Number.isInteger(value) && value <= max && value >= -max - 1) return;
  throw serializationError(
    `NUMBER_VALUE can not be converted to ${kind === "integer" ? "an Integer" : "a Long"} at '${path}'`,
  );
}

function rangeRules({ min, max }: ShapeConstraint, value: number, report: Report): void {
  if (min !== undefined && value < min) report(`Member must have value greater than or equal to ${min}`);
  if (max !== undefined && value > max) report(`Member must have value less than or equal to ${max}`);
}

function stringRules(node: ShapeConstraint, value: string, report: Report): void {
  sizeRules(node, value.length, report);
  if (node.enum && !node.enum.includes(value))
    report(`Member must satisfy enum value set: [${node.enum.join(", ")}]`);
  if (node.pattern !== undefined && !compiled(node.pattern).test(value)) {
    report(`${PATTERN_RULE}${node.pattern}`);
  }
}

/** Models write Java's syntax, which escapes some characters that need no escape here. Throws on what is left. */
export const compilePattern = (pattern: string) => new RegExp(`^(?:${pattern.replaceAll("\\:", ":")})$`, "u");

const patterns = new Map<string, RegExp>();

/** The extractor keeps only patterns that compile here and are anchored by this. */
function compiled(pattern: string): RegExp {
  let regex = patterns.get(pattern);
  if (!regex) {
    regex = compilePattern(pattern);
    patterns.set(pattern, regex);
  }
  return regex;
}

const shown = (value: unknown) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
};

const decapitalise = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
