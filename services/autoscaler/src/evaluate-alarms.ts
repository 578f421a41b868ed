/** claim → decide → commit for alarms that are due; the `evaluateAlarms` bell and the loop of `start` call this. */
import {
  type AlarmWindow,
  alarmWindow,
  claimDueAlarms,
  commitEvaluation,
  readAlarmRange,
} from "@roadstead/db/alarm-evaluation";
import type { AlarmRow } from "@roadstead/db/alarms";
import { newestBell, takeBells } from "@roadstead/db/bells";
import type { Db, WriteTx } from "@roadstead/db/connect";
import { ALL_ALARMS } from "@roadstead/messages/autoscaler";
import { type AlarmEvaluation, type AlarmPoint, evaluateAlarm } from "@roadstead/scaling/evaluate-alarm";
import { ExpressionError } from "@roadstead/scaling/parse-expression";

/** Alarms of one transaction: what it holds, nobody else waits for. */
const BATCH = 20;
/** Of a pass; what is left is due in the next. */
const ALARMS_MAX = 1_000;
/** So long after its end a period is looked at: what belongs to it has come by then. A sixth of a minute. */
const delayOf = (minuteMs: number): number => minuteMs / 6;

export interface EvaluateAlarmsDeps {
  readonly db: Db;
  /** How long a minute of metrics lasts. */
  readonly minuteMs: number;
}

/** Answers how many were looked at. */
export async function evaluateAlarms({ db, minuteMs }: EvaluateAlarmsDeps): Promise<number> {
  const newest = await newestBell(db, "evaluateAlarms", ALL_ALARMS);
  let evaluated = 0;
  while (evaluated < ALARMS_MAX) {
    const count = await db.write((tx) => evaluateBatch(tx, minuteMs));
    evaluated += count;
    if (count < BATCH) break;
  }
  if (newest > 0) await db.write((tx) => takeBells(tx, "evaluateAlarms", ALL_ALARMS, newest));
  return evaluated;
}

async function evaluateBatch(tx: WriteTx, minuteMs: number): Promise<number> {
  const { nowMs, alarms } = await claimDueAlarms(tx, BATCH);
  const delayMs = delayOf(minuteMs);
  for (const alarm of alarms) {
    const window = alarmWindow(alarm, nowMs - delayMs, minuteMs);
    const { evaluation, range } = await evaluate(tx, alarm, window, minuteMs);
    await commitEvaluation(
      tx,
      alarm,
      { ...evaluation, reasonData: reasonData(alarm, evaluation, range, nowMs) },
      { evaluatedMs: window.endMs, nextMs: Math.ceil(window.endMs + window.periodMs + delayMs) },
    );
  }
  return alarms.length;
}

async function evaluate(
  tx: WriteTx,
  alarm: AlarmRow,
  window: AlarmWindow,
  minuteMs: number,
): Promise<{ readonly evaluation: AlarmEvaluation; readonly range: readonly AlarmPoint[] }> {
  try {
    const range = await readAlarmRange(tx, alarm, window, minuteMs);
    return { evaluation: evaluateAlarm(alarm.definition, range), range };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const evaluation = { state: "INSUFFICIENT_DATA", reason: error.message, decisive: [] } as const;
    return { evaluation, range: [] };
  }
}

/** As StateReasonData has it: what was looked at, newest last. */
function reasonData(
  { definition }: AlarmRow,
  { decisive }: AlarmEvaluation,
  range: readonly AlarmPoint[],
  nowMs: number,
): string {
  const said = range.filter(({ value }) => value !== null);
  const { metric } = definition;
  return JSON.stringify({
    version: "1.0",
    queryDate: timeOf(nowMs),
    ...(said[0] ? { startDate: timeOf(said[0].atMs) } : {}),
    ...(metric ? { statistic: metric.statistic, period: metric.periodSeconds } : {}),
    recentDatapoints: said.slice(-definition.evaluationPeriods).map(({ value }) => value),
    threshold: definition.threshold,
    evaluatedDatapoints: [...decisive]
      .reverse()
      .map(({ atMs, value }) => ({ timestamp: timeOf(atMs), value })),
  });
}

const timeOf = (ms: number) => new Date(ms).toISOString().replace("Z", "+0000");
