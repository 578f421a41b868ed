/** cloudwatch:DisableAlarmActions. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html */
import { DisableAlarmActions$, type DisableAlarmActionsCommand } from "@aws-sdk/client-cloudwatch";
import { lockAlarms, setActionsEnabled } from "@roadstead/db/alarm-states";
import { operation } from "../operation.ts";
import { onNamed } from "./subject.ts";

export const disableAlarmActions = operation<DisableAlarmActionsCommand>(DisableAlarmActions$, {
  authorize: onNamed("DisableAlarmActions"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const alarms = await lockAlarms(tx, ctx.scope.id, input.AlarmNames ?? []);
      await setActionsEnabled(tx, alarms, false);
      return {};
    }),
});
