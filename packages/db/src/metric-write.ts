/** Writes statistics of metrics, row by row of metric, time and unit; CloudWatch's API and the sources of metrics call this. */
import type { Db, WriteTx } from "./connect.ts";
import { ensureMetricPartitions } from "./metric-partitions.ts";

export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MetricDatum extends MetricName {
  /** Already rounded to the time that it is kept under. */
  readonly atMs: number;
  readonly unit: string;
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface ScopedDatum extends MetricDatum {
  readonly scopeId: number;
}

/** Tells metrics of one name apart; the order in which a client names dimensions means nothing. */
export const dimensionKey = (dimensions: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Adds samples to what is there. */
export async function recordMetricData(db: Db, scopeId: number, data: readonly MetricDatum[]): Promise<void> {
  if (data.length === 0) return;
  await ensureMetricPartitions(
    db,
    data.map(({ atMs }) => atMs),
  );
  await db.write((tx) =>
    addStatistics(
      tx,
      data.map((datum) => ({ ...datum, scopeId })),
    ),
  );
}

/** The same in a transaction of the caller's, who has made the partitions. */
export const addStatistics = (tx: WriteTx, data: readonly ScopedDatum[]): Promise<void> =>
  writeStatistics(
    tx,
    data,
    `ON CONFLICT (metric_id, at_ms, unit) DO UPDATE SET sample_count = metric_data.sample_count + excluded.sample_count,
       sum = metric_data.sum + excluded.sum, minimum = least(metric_data.minimum, excluded.minimum),
       maximum = greatest(metric_data.maximum, excluded.maximum)`,
  );

/** Writes whole minutes: one that is there stays as it is. */
export const putStatisticsOnce = (tx: WriteTx, data: readonly ScopedDatum[]): Promise<void> =>
  writeStatistics(tx, data, "ON CONFLICT (metric_id, at_ms, unit) DO NOTHING");

async function writeStatistics(tx: WriteTx, data: readonly ScopedDatum[], onConflict: string): Promise<void> {
  if (data.length === 0) return;
  const ids = await holdMetrics(tx, data);
  const rows = merge(data, (datum) => `${ids.get(identity(datum))} ${datum.atMs} ${datum.unit}`);
  await tx.query(
    `INSERT INTO metric_data (metric_id, at_ms, unit, sample_count, sum, minimum, maximum)
     SELECT * FROM unnest($1::int8[], $2::int8[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])
       AS d(metric_id, at_ms, unit, sample_count, sum, minimum, maximum) ORDER BY metric_id, at_ms, unit
     ${onConflict}`,
    [
      rows.map((row) => ids.get(identity(row)) ?? 0),
      rows.map(({ atMs }) => atMs),
      rows.map(({ unit }) => unit),
      rows.map(({ sampleCount }) => sampleCount),
      rows.map(({ sum }) => sum),
      rows.map(({ minimum }) => minimum),
      rows.map(({ maximum }) => maximum),
    ],
  );
}

const identity = ({ scopeId, namespace, metricName, dimensions }: Omit<ScopedDatum, "atMs">) =>
  JSON.stringify([scopeId, namespace, metricName, dimensionKey(dimensions)]);

/** One statement writes a row once, so what belongs together is added up before. */
function merge(data: readonly ScopedDatum[], keyOf: (datum: ScopedDatum) => string): readonly ScopedDatum[] {
  const merged = new Map<string, ScopedDatum>();
  for (const datum of data) {
    const key = keyOf(datum);
    const other = merged.get(key);
    merged.set(key, other ? added(other, datum) : datum);
  }
  return [...merged.values()];
}

const added = (a: ScopedDatum, b: ScopedDatum): ScopedDatum => ({
  ...a,
  sampleCount: a.sampleCount + b.sampleCount,
  sum: a.sum + b.sum,
  minimum: Math.min(a.minimum, b.minimum),
  maximum: Math.max(a.maximum, b.maximum),
});

/** Makes metrics that are new, holds them in the order of their ids, and notes their newest time. */
async function holdMetrics(tx: WriteTx, data: readonly ScopedDatum[]): Promise<ReadonlyMap<string, number>> {
  const newest = new Map<string, ScopedDatum>();
  for (const datum of data) {
    const other = newest.get(identity(datum));
    if (!other || other.atMs < datum.atMs) newest.set(identity(datum), datum);
  }
  const named = [...newest.values()];
  const values = [
    named.map(({ scopeId }) => scopeId),
    named.map(({ namespace }) => namespace),
    named.map(({ metricName }) => metricName),
    named.map(({ dimensions }) => dimensionKey(dimensions)),
    named.map(({ atMs }) => atMs),
  ];
  await tx.query(
    `INSERT INTO metrics (scope_id, namespace, name, dimension_key, last_ms, dimensions)
     SELECT n.scope_id, n.namespace, n.name, n.dimension_key, n.last_ms, n.dimensions::jsonb
     FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::text[])
       AS n(scope_id, namespace, name, dimension_key, last_ms, dimensions)
     ORDER BY 1, 2, 3, 4 ON CONFLICT (scope_id, namespace, name, dimension_key) DO NOTHING`,
    [...values, named.map(({ dimensions }) => JSON.stringify(dimensions))],
  );
  const held = await tx.query<{ id: string; key: string }>(
    `WITH named AS (SELECT * FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int8[])
       AS n(scope_id, namespace, name, dimension_key, last_ms)
     ), held AS (
       SELECT m.id, n.* FROM metrics m JOIN named n USING (scope_id, namespace, name, dimension_key)
       ORDER BY m.id FOR NO KEY UPDATE OF m
     ), noted AS (
       UPDATE metrics m SET last_ms = h.last_ms FROM held h WHERE m.id = h.id AND m.last_ms < h.last_ms
     )
     SELECT id, jsonb_build_array(scope_id, namespace, name, dimension_key)::text AS key FROM held`,
    values,
  );
  if (held.length !== named.length) throw new Error("a metric vanished while it was written");
  return new Map(held.map(({ id, key }) => [JSON.stringify(JSON.parse(key)), Number(id)]));
}
