/** Reads statistics of a metric by period; CloudWatch's API, alarms and scaling policies call this. */
import type { Statistic } from "@roadstead/scaling/alarm";
import type { ReadTx } from "./connect.ts";
import { dimensionKey, type MetricName } from "./metric-write.ts";

export interface StatisticsRequest extends MetricName {
  /** Inclusive, and exclusive. */
  readonly startMs: number;
  readonly endMs: number;
  /** Periods begin at multiples of it. */
  readonly periodMs: number;
  /** Null reads every unit, each by itself. */
  readonly unit: string | null;
}

export interface StatisticsPoint {
  /** When the period begins. */
  readonly atMs: number;
  readonly unit: string;
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** In the order of time; a period without samples has no point. */
export async function readMetricStatistics(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  request: StatisticsRequest,
): Promise<readonly StatisticsPoint[]> {
  const { namespace, metricName, dimensions, startMs, endMs, periodMs, unit } = request;
  const rows = await tx.query<Omit<StatisticsPoint, "atMs"> & { readonly atMs: string }>(
    `SELECT (d.at_ms / $5::int8) * $5::int8 AS "atMs", d.unit, sum(d.sample_count) AS "sampleCount", sum(d.sum) AS sum,
       min(d.minimum) AS minimum, max(d.maximum) AS maximum
     FROM metrics m JOIN metric_data d ON d.metric_id = m.id
     WHERE m.scope_id = $1 AND m.namespace = $2 AND m.name = $3 AND m.dimension_key = $4
       AND d.at_ms >= $6 AND d.at_ms < $7 AND ($8::text IS NULL OR d.unit = $8)
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [scopeId, namespace, metricName, dimensionKey(dimensions), periodMs, startMs, endMs, unit],
    "metric-statistics",
  );
  return rows.map((row) => ({ ...row, atMs: Number(row.atMs) }));
}

export function statisticOf(point: StatisticsPoint, statistic: Statistic): number {
  switch (statistic) {
    case "SampleCount":
      return point.sampleCount;
    case "Sum":
      return point.sum;
    case "Minimum":
      return point.minimum;
    case "Maximum":
      return point.maximum;
    case "Average":
      return point.sum / point.sampleCount;
    default:
      return statistic satisfies never;
  }
}
