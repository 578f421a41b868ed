/** Reads the metrics of several queries and evaluates the expressions over them; CloudWatch's API and alarms call this. */
import type { MetricQuery } from "@roadstead/scaling/alarm";
import { evaluateQueries } from "@roadstead/scaling/evaluate-queries";
import type { Series } from "@roadstead/scaling/metric-math";
import type { ReadTx } from "./connect.ts";
import { readMetricStatistics, statisticOf } from "./metric-read.ts";

export interface QueriesWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** How long a period of so many seconds lasts. */
  readonly periodMsOf: (seconds: number) => number;
}

/** Throws ExpressionError for an expression that cannot be evaluated. */
export async function readQueries(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  queries: readonly MetricQuery[],
  window: QueriesWindow,
): Promise<ReadonlyMap<string, Series>> {
  const metrics = new Map<string, Series>();
  for (const { id, metric } of queries) {
    if (!metric) continue;
    const periodMs = window.periodMsOf(metric.periodSeconds);
    const points = await readMetricStatistics(tx, scopeId, {
      ...metric,
      periodMs,
      startMs: Math.floor(window.startMs / periodMs) * periodMs,
      endMs: window.endMs,
    });
    // Of several units the first counts, so that points of different kinds are never mixed.
    const unit = points[0]?.unit;
    const own = points.filter((point) => point.unit === unit);
    metrics.set(id, {
      periodMs,
      points: new Map(own.map((point) => [point.atMs, statisticOf(point, metric.statistic)])),
    });
  }
  return evaluateQueries(queries, metrics, window);
}
