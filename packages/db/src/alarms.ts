/** Alarms: what they watch and how they stand. CloudWatch's API and scaling policies put them; `alarm-evaluation` moves them. */
import { ALL_ALARMS } from "@roadstead/messages/autoscaler";
import type { Tag } from "@roadstead/model/container-instance";
import type { AlarmDefinition, AlarmState } from "@roadstead/scaling/alarm";
import { newId } from "@roadstead/service-kit/ids";
import { describedAlarm, recordAlarmHistory } from "./alarm-history.ts";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface AlarmRow {
  readonly id: string;
  readonly scopeId: number;
  readonly name: string;
  readonly definition: AlarmDefinition;
  readonly actionsEnabled: boolean;
  readonly tags: readonly Tag[];
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData: string | null;
  readonly stateUpdatedAt: Date;
  readonly transitionedAt: Date;
  readonly configuredAt: Date;
  /** The end of the newest period that was looked at. */
  readonly evaluatedMs: number | null;
  readonly version: number;
}

export interface WantedAlarm {
  readonly name: string;
  readonly definition: AlarmDefinition;
  readonly actionsEnabled: boolean;
  /** Of a new alarm; one that is there keeps its own. */
  readonly tags?: readonly Tag[];
}

type Reader = Pick<ReadTx, "query">;

export const ALARM_COLUMNS = `id, scope_id AS "scopeId", name, definition, actions_enabled AS "actionsEnabled", tags, state,
  state_reason AS "stateReason", state_reason_data AS "stateReasonData", state_updated_at AS "stateUpdatedAt",
  transitioned_at AS "transitionedAt", configured_at AS "configuredAt", evaluated_ms::float8 AS "evaluatedMs",
  version::float8 AS version`;

const UNCHECKED = "Unchecked: Initial alarm creation";

/** A new alarm, or another definition of the one that is there, whose state stays until it is looked at. */
export async function putAlarm(tx: WriteTx, scopeId: number, alarm: WantedAlarm): Promise<void> {
  const { name, definition, actionsEnabled, tags = [] } = alarm;
  const [row] = await tx.query<{ isNew: boolean }>(
    `INSERT INTO alarms (id, scope_id, name, definition, actions_enabled, tags, state, state_reason, next_ms)
     VALUES ($1, $2, $3, $4, $5, $6, 'INSUFFICIENT_DATA', $7, 0)
     ON CONFLICT (scope_id, name) DO UPDATE SET definition = excluded.definition,
       actions_enabled = excluded.actions_enabled, configured_at = now(), next_ms = 0, evaluated_ms = NULL,
       version = alarms.version + 1
     RETURNING xmax = 0 AS "isNew"`,
    [newId(), scopeId, name, JSON.stringify(definition), actionsEnabled, JSON.stringify(tags), UNCHECKED],
  );
  const summary = row?.isNew ? `Alarm "${name}" created` : `Alarm "${name}" updated`;
  const shown = describedAlarm(alarm);
  const data = row?.isNew
    ? { type: "Create", version: "1.0", createdAlarm: { ...shown, stateValue: "INSUFFICIENT_DATA" } }
    : { type: "Update", version: "1.0", updatedAlarm: shown };
  await recordAlarmHistory(tx, [{ scopeId, alarmName: name, kind: "ConfigurationUpdate", summary, data }]);
  tx.bell("evaluateAlarms", ALL_ALARMS);
}

/** Answers those that were there. */
export async function deleteAlarms(
  tx: WriteTx,
  scopeId: number,
  names: readonly string[],
): Promise<readonly string[]> {
  await tx.query("SELECT 1 FROM alarms WHERE scope_id = $1 AND name = ANY($2) ORDER BY id FOR UPDATE", [
    scopeId,
    [...names],
  ]);
  const gone = await tx.query<{ name: string }>(
    "DELETE FROM alarms WHERE scope_id = $1 AND name = ANY($2) RETURNING name",
    [scopeId, [...names]],
  );
  await recordAlarmHistory(
    tx,
    gone.map(({ name }) => ({
      scopeId,
      alarmName: name,
      kind: "ConfigurationUpdate",
      summary: `Alarm "${name}" deleted`,
      data: { type: "Delete", version: "1.0", deletedAlarm: { alarmName: name } },
    })),
  );
  return gone.map(({ name }) => name);
}

export async function findAlarm(tx: Reader, scopeId: number, name: string): Promise<AlarmRow | null> {
  const [row] = await tx.query<AlarmRow>(
    `SELECT ${ALARM_COLUMNS} FROM alarms WHERE scope_id = $1 AND name = $2`,
    [scopeId, name],
  );
  return row ?? null;
}

/** Those that do this when they are in ALARM, by name. */
export const alarmsOfAction = (tx: Reader, scopeId: number, actionArn: string) =>
  tx.query<AlarmRow>(
    `SELECT ${ALARM_COLUMNS} FROM alarms WHERE scope_id = $1 AND definition -> 'alarmActions' ? $2 ORDER BY name`,
    [scopeId, actionArn],
  );
