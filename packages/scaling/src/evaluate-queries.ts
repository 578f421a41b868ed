/** Brings the series of metrics, and expressions over them and each other, into results by id. Pure. */
import type { MetricQuery } from "./alarm.ts";
import { evaluateExpression, type Series } from "./metric-math.ts";
import { ExpressionError } from "./parse-expression.ts";

export interface ExpressionQuery {
  readonly id: string;
  /** Null for a metric, whose series is given. */
  readonly expression: string | null;
}

export interface QueryWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** Expressions may name any other query, but not themselves through it. */
export function evaluateQueries(
  queries: readonly ExpressionQuery[],
  metrics: ReadonlyMap<string, Series>,
  { startMs, endMs }: QueryWindow,
): ReadonlyMap<string, Series> {
  const periodMs = Math.max(0, ...[...metrics.values()].map((series) => series.periodMs));
  const times: number[] = [];
  for (let at = Math.ceil(startMs / periodMs) * periodMs; periodMs > 0 && at < endMs; at += periodMs)
    times.push(at);
  const results = new Map<string, Series>(metrics);
  const running = new Set<string>();
  const seriesOf = (id: string): Series | null => {
    const known = results.get(id);
    if (known) return known;
    const expression = queries.find((query) => query.id === id)?.expression;
    if (expression === undefined || expression === null) return null;
    if (running.has(id)) throw new ExpressionError(`The expression ${id} refers to itself.`);
    running.add(id);
    const series = evaluateExpression(expression, { seriesOf, metrics, times, periodMs });
    results.set(id, series);
    return series;
  };
  for (const { id } of queries) seriesOf(id);
  return results;
}

/** What is wrong with an expression among them, or null: evaluated over nothing it says so now, and not when an alarm is looked at. */
export function expressionError(queries: readonly MetricQuery[]): string | null {
  const nothing = queries.flatMap(({ id, metric }) =>
    metric
      ? [[id, { periodMs: metric.periodSeconds * 1_000, points: new Map<number, number>() }] as const]
      : [],
  );
  try {
    evaluateQueries(queries, new Map(nothing), { startMs: 0, endMs: 0 });
    return null;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return error.message;
  }
}
