/** cloudwatch:PutMetricAlarm. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
import { PutMetricAlarm$, type PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { putAlarm } from "@roadstead/db/alarms";
import { operation } from "../operation.ts";
import { readDefinition } from "./alarm-definition.ts";
import { onAlarm } from "./subject.ts";
import { requestTags, withTags } from "./tags.ts";

export const putMetricAlarm = operation<PutMetricAlarmCommand>(PutMetricAlarm$, {
  authorize: ({ input, ctx }) => ({
    ...onAlarm(ctx, "PutMetricAlarm", input.AlarmName ?? ""),
    context: requestTags(input.Tags),
  }),
  async handle({ input, ctx }) {
    const alarm = {
      name: input.AlarmName ?? "",
      definition: readDefinition(input),
      actionsEnabled: input.ActionsEnabled ?? true,
      tags: withTags([], input.Tags),
    };
    await ctx.db.write((tx) => putAlarm(tx, ctx.scope.id, alarm));
    return {};
  },
});
