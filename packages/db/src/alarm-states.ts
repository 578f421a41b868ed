/** Changes how alarms stand: by hand, by a request about their actions or tags, and by evaluation. */
import { ALL_ALARMS } from "@roadstead/messages/autoscaler";
import type { Tag } from "@roadstead/model/container-instance";
import type { AlarmState } from "@roadstead/scaling/alarm";
import { recordAlarmHistory } from "./alarm-history.ts";
import { ALARM_COLUMNS, type AlarmRow } from "./alarms.ts";
import type { WriteTx } from "./connect.ts";

export interface AlarmStateChange {
  readonly state: AlarmState;
  readonly reason: string;
  /** JSON, as StateReasonData has it. */
  readonly reasonData: string | null;
}

/** Held until the transaction ends, in the order of their ids; those that are not there are left out. */
export const lockAlarms = (tx: WriteTx, scopeId: number, names: readonly string[]) =>
  tx.query<AlarmRow>(
    `SELECT ${ALARM_COLUMNS} FROM alarms WHERE scope_id = $1 AND name = ANY($2) ORDER BY id FOR UPDATE`,
    [scopeId, [...names]],
  );

/** A state that is another one moves the alarm, and is history; the same one renews its reason. */
export async function setAlarmState(tx: WriteTx, alarm: AlarmRow, change: AlarmStateChange): Promise<void> {
  await tx.query(
    `UPDATE alarms SET state = $2, state_reason = $3, state_reason_data = $4, state_updated_at = now(),
       transitioned_at = CASE WHEN state = $2 THEN transitioned_at ELSE now() END, version = version + 1
     WHERE id = $1`,
    [alarm.id, change.state, change.reason, change.reasonData],
  );
  if (alarm.state === change.state) return;
  await recordAlarmHistory(tx, [
    {
      scopeId: alarm.scopeId,
      alarmName: alarm.name,
      kind: "StateUpdate",
      summary: `Alarm updated from ${alarm.state} to ${change.state}`,
      data: {
        version: "1.0",
        oldState: stateOf(alarm.state, alarm.stateReason, alarm.stateReasonData),
        newState: stateOf(change.state, change.reason, change.reasonData),
      },
    },
  ]);
}

const stateOf = (stateValue: AlarmState, stateReason: string, data: string | null) => ({
  stateValue,
  stateReason,
  ...(data === null ? {} : { stateReasonData: JSON.parse(data) as unknown }),
});

/** Alarms whose actions come back are looked at at once. */
export async function setActionsEnabled(
  tx: WriteTx,
  alarms: readonly AlarmRow[],
  enabled: boolean,
): Promise<void> {
  await tx.query(
    `UPDATE alarms SET actions_enabled = $2, configured_at = now(), version = version + 1,
       next_ms = CASE WHEN $2 THEN 0 ELSE next_ms END
     WHERE id = ANY($1) AND actions_enabled <> $2`,
    [alarms.map(({ id }) => id), enabled],
  );
  if (enabled) tx.bell("evaluateAlarms", ALL_ALARMS);
}

export async function setAlarmTags(tx: WriteTx, id: string, tags: readonly Tag[]): Promise<void> {
  await tx.query("UPDATE alarms SET tags = $2 WHERE id = $1", [id, JSON.stringify(tags)]);
}
