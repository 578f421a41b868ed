/** cloudwatch:EnableAlarmActions. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableAlarmActions.html */
import { EnableAlarmActions$, type EnableAlarmActionsCommand } from "@aws-sdk/client-cloudwatch";
import { lockAlarms, setActionsEnabled } from "@roadstead/db/alarm-states";
import { operation } from "../operation.ts";
import { onNamed } from "./subject.ts";

export const enableAlarmActions = operation<EnableAlarmActionsCommand>(EnableAlarmActions$, {
  authorize: onNamed("EnableAlarmActions"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const alarms = await lockAlarms(tx, ctx.scope.id, input.AlarmNames ?? []);
      await setActionsEnabled(tx, alarms, true);
      return {};
    }),
});
