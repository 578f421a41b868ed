/** cloudwatch:SetAlarmState. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html */
import { SetAlarmState$, type SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { actOnState } from "@roadstead/db/alarm-actions";
import { lockAlarms, setAlarmState as moveAlarm } from "@roadstead/db/alarm-states";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { onAlarm } from "./subject.ts";

export const setAlarmState = operation<SetAlarmStateCommand>(SetAlarmState$, {
  authorize: ({ input, ctx }) => onAlarm(ctx, "SetAlarmState", input.AlarmName ?? ""),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { AlarmName: name = "", StateValue: state = "OK", StateReason: reason = "" } = input;
      const [alarm] = await lockAlarms(tx, ctx.scope.id, [name]);
      if (!alarm) throw cloudwatchErrors.noAlarm(name);
      const reasonData = input.StateReasonData ?? null;
      if (reasonData !== null && !isJson(reasonData)) {
        throw cloudwatchErrors.format("StateReasonData was not syntactically valid JSON");
      }
      await moveAlarm(tx, alarm, { state, reason, reasonData });
      if (state !== alarm.state) await actOnState(tx, alarm, state, true);
      return {};
    }),
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
