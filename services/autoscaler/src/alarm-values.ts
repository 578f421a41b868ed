/** Reads what an alarm's metric said lately; the decision about a scalable target starts from it. */
import type { AlarmRow } from "@roadstead/db/alarms";
import type { ReadTx } from "@roadstead/db/connect";
import { readQueries } from "@roadstead/db/metric-queries";
import { type AlarmDefinition, type MetricQuery, realPeriodMs } from "@roadstead/scaling/alarm";

/** A metric that said nothing for so many periods says nothing. */
const SILENT_PERIODS = 3;

export interface MetricClock {
  readonly nowMs: number;
  /** How long a minute of metrics lasts. */
  readonly minuteMs: number;
}

/** Values of whole periods within the alarm's evaluation, the oldest first; none when the newest are missing. */
export async function alarmValues(
  tx: Pick<ReadTx, "query">,
  { scopeId, definition }: AlarmRow,
  { nowMs, minuteMs }: MetricClock,
): Promise<readonly number[]> {
  const queries = queriesOf(definition);
  const watched = queries.find(({ returnData }) => returnData);
  const periodMsOf = (seconds: number) => realPeriodMs(seconds, minuteMs);
  const periodMs = Math.max(0, ...queries.map(({ metric }) => periodMsOf(metric?.periodSeconds ?? 0)));
  if (!watched || periodMs === 0) return [];
  const endMs = Math.floor(nowMs / periodMs) * periodMs;
  const startMs = endMs - (definition.evaluationPeriods + SILENT_PERIODS - 1) * periodMs;
  const series = (await readQueries(tx, scopeId, queries, { startMs, endMs, periodMsOf })).get(watched.id);
  const points = [...(series?.points ?? [])].toSorted(([a], [b]) => a - b);
  const newestMs = points.at(-1)?.[0] ?? 0;
  if (newestMs < endMs - SILENT_PERIODS * periodMs) return [];
  return points.slice(-definition.evaluationPeriods).map(([, value]) => value);
}

function queriesOf({ metric, queries }: AlarmDefinition): readonly MetricQuery[] {
  if (queries) return queries;
  return metric
    ? [{ id: "m", metric, expression: null, periodSeconds: null, label: null, returnData: true }]
    : [];
}
