/** cloudwatch:DeleteAlarms. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html */
import { DeleteAlarms$, type DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { deleteAlarms as remove } from "@roadstead/db/alarms";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { onNamed } from "./subject.ts";

export const deleteAlarms = operation<DeleteAlarmsCommand>(DeleteAlarms$, {
  authorize: onNamed("DeleteAlarms"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const names = input.AlarmNames ?? [];
      const gone = new Set(await remove(tx, ctx.scope.id, names));
      const missing = names.find((name) => !gone.has(name));
      // Of several that are asked for, all go or none.
      if (missing !== undefined) throw cloudwatchErrors.noAlarm(missing);
      return {};
    }),
});
