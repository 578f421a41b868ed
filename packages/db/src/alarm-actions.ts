/** What alarms do: a scaling policy's target is looked at. Evaluation and SetAlarmState call this. */
import type { AlarmDefinition, AlarmState } from "@roadstead/scaling/alarm";
import { recordAlarmHistory } from "./alarm-history.ts";
import type { AlarmRow } from "./alarms.ts";
import type { WriteTx } from "./connect.ts";
import { targetsOfPolicies } from "./scaling-policies.ts";

const POLICY = /:scalingPolicy:([0-9a-fA-F-]{36}):/;

/** The actions of the state that the alarm is in; `isNew` says them in its history. */
export async function actOnState(
  tx: WriteTx,
  alarm: AlarmRow,
  state: AlarmState,
  isNew: boolean,
): Promise<void> {
  const actions = alarm.actionsEnabled ? actionsOf(alarm.definition, state) : [];
  const policies = actions.flatMap((action) => POLICY.exec(action)?.[1] ?? []);
  if (policies.length === 0) return;
  for (const targetId of await targetsOfPolicies(tx, policies)) tx.bell("scaleTarget", targetId);
  if (!isNew) return;
  await recordAlarmHistory(
    tx,
    actions.map((action) => ({
      scopeId: alarm.scopeId,
      alarmName: alarm.name,
      kind: "Action",
      summary: `Successfully executed action ${action}`,
      data: { actionState: "Succeeded", stateUpdateTimestamp: Date.now(), notificationResource: action },
    })),
  );
}

function actionsOf(definition: AlarmDefinition, state: AlarmState): readonly string[] {
  if (state === "ALARM") return definition.alarmActions;
  return state === "OK" ? definition.okActions : definition.insufficientDataActions;
}
