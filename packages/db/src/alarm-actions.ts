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
  const targets = await targetsOfPolicies(tx, policies);
  for (const { targetId } of targets) tx.bell("scaleTarget", targetId);
  if (!isNew) return;
  const existing = new Set(targets.map(({ policyId }) => policyId));
  await recordAlarmHistory(
    tx,
    actions.map((action) => {
      const succeeded = existing.has(POLICY.exec(action)?.[1] ?? "");
      return {
        scopeId: alarm.scopeId,
        alarmName: alarm.name,
        kind: "Action",
        summary: `${succeeded ? "Successfully executed" : "Failed to execute"} action ${action}`,
        data: {
          actionState: succeeded ? "Succeeded" : "Failed",
          stateUpdateTimestamp: Date.now(),
          notificationResource: action,
        },
      };
    }),
  );
}

function actionsOf(definition: AlarmDefinition, state: AlarmState): readonly string[] {
  if (state === "ALARM") return definition.alarmActions;
  return state === "OK" ? definition.okActions : definition.insufficientDataActions;
}
