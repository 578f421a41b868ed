/** Lists the metrics that have statistics; CloudWatch's ListMetrics calls this. */
import type { ReadTx } from "./connect.ts";

export interface MetricRow {
  readonly id: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MetricFilter {
  readonly namespace: string | null;
  readonly metricName: string | null;
  /** Each must be there, with this value unless it is null. */
  readonly dimensions: readonly { readonly name: string; readonly value: string | null }[];
  /** Statistics at this time or after it. */
  readonly sinceMs: number;
  /** The id to go on after. */
  readonly after: string;
  readonly limit: number;
}

export function listMetrics(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  filter: MetricFilter,
): Promise<readonly MetricRow[]> {
  const valued = filter.dimensions.flatMap(({ name, value }) => (value === null ? [] : [[name, value]]));
  return tx.query<MetricRow>(
    `SELECT id, namespace, name AS "metricName", dimensions FROM metrics
     WHERE scope_id = $1 AND ($2::text IS NULL OR namespace = $2) AND ($3::text IS NULL OR name = $3)
       AND dimensions ?& $4::text[] AND dimensions @> $5::jsonb AND last_ms >= $6 AND id > $7::int8
     ORDER BY id LIMIT $8`,
    [
      scopeId,
      filter.namespace,
      filter.metricName,
      filter.dimensions.map(({ name }) => name),
      JSON.stringify(Object.fromEntries(valued)),
      filter.sinceMs,
      filter.after,
      filter.limit,
    ],
  );
}
