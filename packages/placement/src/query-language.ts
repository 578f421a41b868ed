/**
 * The cluster query language: parses an expression and evaluates it against a container instance. Placement constraints and
 * the `filter` of ListContainerInstances use it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
 */
import { type Comparison, type ComparisonInput, compileComparison } from "./query-comparison.ts";
import { QueryScanner, QuerySyntaxError } from "./query-scanner.ts";
import type { SubjectLookup } from "./query-subjects.ts";

export type Expression =
  | { readonly kind: "or" | "and"; readonly operands: readonly Expression[] }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "comparison"; readonly comparison: Comparison };

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly error: string };

export type { SubjectLookup } from "./query-subjects.ts";

export type QuerySubjects = Omit<SubjectLookup, "attribute" | "groups"> & {
  readonly attributes: readonly { readonly name: string; readonly value: string | null }[];
  readonly taskCountByGroup: Readonly<Record<string, number>>;
};

const EXPRESSION_LENGTH_MAX = 2_000;
const DEPTH_MAX = 100;

export function parseExpression(text: string): ParsedExpression {
  if (text.trim() === "") return { ok: false, error: "The expression is empty." };
  if (text.length > EXPRESSION_LENGTH_MAX) {
    return { ok: false, error: `The expression is longer than ${EXPRESSION_LENGTH_MAX} characters.` };
  }
  const scanner = new QueryScanner(text);
  try {
    const expression = parseOr(scanner, 0);
    if (!scanner.atEnd()) throw scanner.error("unexpected text");
    return { ok: true, expression };
  } catch (error) {
    if (error instanceof QuerySyntaxError) return { ok: false, error: error.message };
    throw error;
  }
}

export function evaluateExpression(expression: Expression, subjects: QuerySubjects): boolean {
  const { attributes, taskCountByGroup } = subjects;
  return evaluateWith(expression, {
    ...subjects,
    attribute: (name) => attributes.find((attribute) => attribute.name === name)?.value,
    groups: () => Object.keys(taskCountByGroup).filter((group) => (taskCountByGroup[group] ?? 0) > 0),
  });
}

export function evaluateWith(expression: Expression, subjects: SubjectLookup): boolean {
  switch (expression.kind) {
    case "or":
      return expression.operands.some((operand) => evaluateWith(operand, subjects));
    case "and":
      return expression.operands.every((operand) => evaluateWith(operand, subjects));
    case "not":
      return !evaluateWith(expression.operand, subjects);
    case "comparison":
      return expression.comparison(subjects);
  }
}

function parseOr(scanner: QueryScanner, depth: number): Expression {
  const operands = [parseAnd(scanner, depth)];
  while (scanner.takeSymbol("||") || scanner.takeWord("or")) operands.push(parseAnd(scanner, depth));
  return joined("or", operands);
}

function parseAnd(scanner: QueryScanner, depth: number): Expression {
  const operands = [parseUnary(scanner, depth)];
  while (scanner.takeSymbol("&&") || scanner.takeWord("and")) operands.push(parseUnary(scanner, depth));
  return joined("and", operands);
}

function joined(kind: "or" | "and", operands: readonly Expression[]): Expression {
  const [first] = operands;
  return operands.length === 1 && first ? first : { kind, operands };
}

function parseUnary(scanner: QueryScanner, depth: number): Expression {
  if (depth > DEPTH_MAX) throw scanner.error(`nested deeper than ${DEPTH_MAX}`);
  if (scanner.takeSymbol("!") || scanner.takeWord("not")) {
    return { kind: "not", operand: parseUnary(scanner, depth + 1) };
  }
  if (scanner.takeSymbol("(")) {
    const inner = parseOr(scanner, depth + 1);
    if (!scanner.takeSymbol(")")) throw scanner.error('")" expected');
    return inner;
  }
  return { kind: "comparison", comparison: parseComparison(scanner) };
}

function parseComparison(scanner: QueryScanner): Comparison {
  const subject = scanner.takeSubject();
  const operator = scanner.takeOperator();
  const compiled = compileComparison({ subject, operator, values: operandsOf(scanner, operator) });
  if (typeof compiled === "string") throw scanner.error(compiled);
  return compiled;
}

function operandsOf(scanner: QueryScanner, operator: ComparisonInput["operator"]): readonly string[] {
  if (operator === "exists" || operator === "!exists") return [];
  if (operator !== "in" && operator !== "!in") {
    return [scanner.takeValue(operator === "=~" || operator === "!~" ? "regex" : "plain")];
  }
  const bracketed = scanner.takeSymbol("[");
  const values = [scanner.takeValue("plain")];
  while (scanner.takeSymbol(",")) values.push(scanner.takeValue("plain"));
  if (bracketed && !scanner.takeSymbol("]")) throw scanner.error('"]" expected');
  return values;
}
