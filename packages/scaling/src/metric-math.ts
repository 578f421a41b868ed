/** Evaluates metric math over series of points; GetMetricData, alarms and scaling policies call it. Pure. */
import { type Expression, ExpressionError, type Operator, parseExpression } from "./parse-expression.ts";

export interface Series {
  readonly periodMs: number;
  /** By the time at which the period begins. */
  readonly points: ReadonlyMap<number, number>;
}

type Value = number | string | Series | readonly Series[];

export interface MathQueries {
  /** Of a query by its id; null when there is none. */
  readonly seriesOf: (id: string) => Series | null;
  /** Those that are metrics, by their ids. */
  readonly metrics: ReadonlyMap<string, Series>;
  /** Every time at which a point may be: FILL fills these. */
  readonly times: readonly number[];
  readonly periodMs: number;
}

/** Throws ExpressionError for what cannot be evaluated. */
export function evaluateExpression(text: string, queries: MathQueries): Series {
  const value = evaluate(parseExpression(text), queries);
  if (!isSeries(value)) throw new ExpressionError("The expression does not result in one time series.");
  return value;
}

const isSeries = (value: Value): value is Series => typeof value === "object" && "points" in value;

function evaluate(expression: Expression, queries: MathQueries): Value {
  switch (expression.kind) {
    case "number":
    case "text":
      return expression.value;
    case "query": {
      const series = queries.seriesOf(expression.id);
      if (!series) throw new ExpressionError(`There is no query with the id ${expression.id}.`);
      return series;
    }
    case "list":
      return expression.items.map((item) => seriesIn(evaluate(item, queries)));
    case "negative":
      return each(evaluate(expression.of, queries), (value) => -value);
    case "call":
      return call(expression.name, expression.given, queries);
    case "binary":
      return combine(
        evaluate(expression.left, queries),
        evaluate(expression.right, queries),
        OPERATORS[expression.operator],
      );
    default:
      return expression satisfies never;
  }
}

const truth = (holds: boolean) => (holds ? 1 : 0);

const OPERATORS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "<": (a, b) => truth(a < b),
  ">": (a, b) => truth(a > b),
  "<=": (a, b) => truth(a <= b),
  ">=": (a, b) => truth(a >= b),
  "==": (a, b) => truth(a === b),
  "!=": (a, b) => truth(a !== b),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
};

/** Of one value or of every point; what is no number, as after a division by zero, has no point. */
function each(value: Value, change: (value: number) => number): Value {
  if (typeof value === "number") return change(value);
  if (typeof value === "string") throw new ExpressionError("A text is no operand.");
  if (!isSeries(value)) return value.map((series) => seriesIn(each(series, change)));
  const points = [...value.points].map(([at, point]) => [at, change(point)] as const);
  return { ...value, points: new Map(points.filter(([, point]) => Number.isFinite(point))) };
}

/** Of two series the times that both have. */
function combine(left: Value, right: Value, operator: (a: number, b: number) => number): Value {
  if (typeof right === "number") return each(left, (value) => operator(value, right));
  if (typeof left === "number") return each(right, (value) => operator(left, value));
  if (typeof left === "string" || typeof right === "string") {
    throw new ExpressionError("A text is no operand.");
  }
  if (!isSeries(left)) return left.map((series) => seriesIn(combine(series, right, operator)));
  if (!isSeries(right)) return right.map((series) => seriesIn(combine(left, series, operator)));
  const points = [...left.points].flatMap(([at, value]) => {
    const other = right.points.get(at);
    const result = other === undefined ? Number.NaN : operator(value, other);
    return Number.isFinite(result) ? [[at, result] as const] : [];
  });
  return { ...left, points: new Map(points) };
}

function seriesIn(value: Value): Series {
  if (!isSeries(value)) throw new ExpressionError("A list may hold time series only.");
  return value;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: sum,
  AVG: (values) => sum(values) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};
const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
};

function call(name: string, given: readonly Expression[], queries: MathQueries): Value {
  const values = () => given.map((expression) => evaluate(expression, queries));
  const aggregate = AGGREGATES[name];
  if (aggregate) return aggregated(only(name, values()), aggregate, queries);
  const rounding = ROUNDINGS[name];
  if (rounding) return each(only(name, values()), rounding);
  if (name === "METRICS") return metrics(values(), queries);
  if (name === "FILL")
    return fill(
      checkedFiller(given).map((one) => evaluate(one, queries)),
      queries,
    );
  if (name === "IF") return choose(values(), queries);
  if (name === "PERIOD") return seriesIn(only(name, values())).periodMs / 1_000;
  throw new ExpressionError(`The function ${name} is not supported by this server (not built yet).`);
}

function only(name: string, values: readonly Value[]): Value {
  const [value, ...rest] = values;
  if (value === undefined || rest.length > 0) throw new ExpressionError(`${name} takes one argument.`);
  return value;
}

/** Over several series time by time; over one it is a number. */
function aggregated(
  value: Value,
  aggregate: (values: readonly number[]) => number,
  { periodMs }: MathQueries,
): Value {
  if (typeof value === "number" || typeof value === "string") {
    throw new ExpressionError("An aggregate is of time series.");
  }
  if (isSeries(value)) return value.points.size === 0 ? 0 : aggregate([...value.points.values()]);
  const byTime = new Map<number, number[]>();
  for (const series of value) {
    for (const [at, point] of series.points) byTime.set(at, [...(byTime.get(at) ?? []), point]);
  }
  const points = [...byTime].sort(([a], [b]) => a - b).map(([at, list]) => [at, aggregate(list)] as const);
  return { periodMs, points: new Map(points) };
}

function metrics(values: readonly Value[], queries: MathQueries): Value {
  const [part = ""] = values;
  if (typeof part !== "string") throw new ExpressionError("METRICS takes a text.");
  return [...queries.metrics].filter(([id]) => id.includes(part)).map(([, series]) => series);
}

/** REPEAT and LINEAR are words where other names are queries. */
function checkedFiller(given: readonly Expression[]): readonly Expression[] {
  const filler = given[1];
  if (filler?.kind === "query" && (filler.id === "REPEAT" || filler.id === "LINEAR")) {
    throw new ExpressionError(`FILL with ${filler.id} is not supported by this server (not built yet).`);
  }
  return given;
}

function fill([value, filler]: readonly Value[], { times }: MathQueries): Value {
  if (value === undefined || typeof filler !== "number") {
    throw new ExpressionError("FILL takes time series and a number.");
  }
  const filled = (series: Series): Series => ({
    ...series,
    points: new Map(times.map((at) => [at, series.points.get(at) ?? filler] as const)),
  });
  if (typeof value === "number" || typeof value === "string")
    throw new ExpressionError("FILL is of time series.");
  return isSeries(value) ? filled(value) : value.map(filled);
}

/** Point by point; where there is no condition there is no point. */
function choose(values: readonly Value[], queries: MathQueries): Value {
  const [condition, then, otherwise] = values;
  if (condition === undefined || then === undefined)
    throw new ExpressionError("IF takes two or three arguments.");
  const at = (value: Value | undefined, time: number): number | undefined => {
    if (value === undefined || typeof value === "number") return value;
    return typeof value === "string" ? undefined : seriesIn(value).points.get(time);
  };
  if (typeof condition === "number" && typeof then === "number" && typeof otherwise === "number") {
    return condition !== 0 ? then : otherwise;
  }
  const points = queries.times.flatMap((time) => {
    const holds = at(condition, time);
    const result = holds === undefined ? undefined : at(holds !== 0 ? then : otherwise, time);
    return result === undefined ? [] : [[time, result] as const];
  });
  return { periodMs: queries.periodMs, points: new Map(points) };
}
