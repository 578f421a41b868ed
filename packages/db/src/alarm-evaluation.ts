/** Alarms that are due: claimed by one replica, their newest periods read, what was decided written. The autoscaler calls this. */
import { realPeriodMs } from "@roadstead/scaling/alarm";
import { type AlarmEvaluation, type AlarmPoint, evaluationRange } from "@roadstead/scaling/evaluate-alarm";
import type { Series } from "@roadstead/scaling/metric-math";
import { actOnState } from "./alarm-actions.ts";
import { setAlarmState } from "./alarm-states.ts";
import { ALARM_COLUMNS, type AlarmRow } from "./alarms.ts";
import type { WriteTx } from "./connect.ts";
import { readQueries } from "./metric-queries.ts";

export interface DueAlarms {
  /** By the database's clock, which all replicas share. */
  readonly nowMs: number;
  readonly alarms: readonly AlarmRow[];
}

/** At most `limit` alarms that are due and that no other replica looks at, held until the transaction ends. */
export async function claimDueAlarms(tx: WriteTx, limit: number): Promise<DueAlarms> {
  const [clock] = await tx.query<{ nowMs: number }>(
    `SELECT floor(extract(epoch FROM now()) * 1000)::float8 AS "nowMs"`,
  );
  const nowMs = clock?.nowMs ?? 0;
  const alarms = await tx.query<AlarmRow>(
    `SELECT ${ALARM_COLUMNS} FROM alarms WHERE next_ms <= $1 ORDER BY next_ms LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [nowMs, limit],
    "alarms-claim",
  );
  return { nowMs, alarms };
}

export interface AlarmWindow {
  /** The end of the newest period that is over. */
  readonly endMs: number;
  readonly periodMs: number;
}

export function alarmWindow({ definition }: AlarmRow, beforeMs: number, minuteMs: number): AlarmWindow {
  const periods = [definition.metric, ...(definition.queries ?? []).map(({ metric }) => metric)].flatMap(
    (metric) => (metric ? [realPeriodMs(metric.periodSeconds, minuteMs)] : []),
  );
  const periodMs = Math.max(1, ...periods);
  return { endMs: Math.floor(beforeMs / periodMs) * periodMs, periodMs };
}

/** The newest periods of what the alarm watches, oldest first. Throws ExpressionError. */
export async function readAlarmRange(
  tx: WriteTx,
  { scopeId, definition }: AlarmRow,
  { endMs, periodMs }: AlarmWindow,
  minuteMs: number,
): Promise<readonly AlarmPoint[]> {
  const { metric, queries } = definition;
  const single = { id: "m", metric, expression: null, periodSeconds: null, label: null, returnData: true };
  const asked = queries ?? [single];
  const count = evaluationRange(definition);
  const startMs = endMs - count * periodMs;
  const window = { startMs, endMs, periodMsOf: (seconds: number) => realPeriodMs(seconds, minuteMs) };
  const results = await readQueries(tx, scopeId, asked, window);
  const watched = asked.find(({ returnData }) => returnData);
  const series: Series | undefined = watched && results.get(watched.id);
  return Array.from({ length: count }, (_, index) => {
    const atMs = startMs + index * periodMs;
    return { atMs, value: series?.points.get(atMs) ?? null };
  });
}

/** Writes the state if it is another one, does what it asks for, and sets when the alarm is looked at next. */
export async function commitEvaluation(
  tx: WriteTx,
  alarm: AlarmRow,
  evaluation: AlarmEvaluation & { readonly reasonData: string },
  times: { readonly evaluatedMs: number; readonly nextMs: number },
): Promise<void> {
  await tx.query(
    "UPDATE alarms SET evaluated_ms = $2, next_ms = $3 WHERE id = $1",
    [alarm.id, times.evaluatedMs, times.nextMs],
    "alarm-evaluated",
  );
  const state = evaluation.state ?? alarm.state;
  const isNew = state !== alarm.state;
  if (isNew) await setAlarmState(tx, alarm, { ...evaluation, state });
  if (isNew || state === "ALARM") await actOnState(tx, alarm, state, isNew);
}
