/** cloudwatch:UntagResource. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html */
import { UntagResource$, type UntagResourceCommand } from "@aws-sdk/client-cloudwatch";
import { lockAlarms, setAlarmTags } from "@roadstead/db/alarm-states";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { alarmOfArn } from "./subject.ts";
import { onTagged } from "./tags.ts";

export const untagResource = operation<UntagResourceCommand>(UntagResource$, {
  authorize: (request) => ({
    ...onTagged("UntagResource")(request),
    context: { "aws:TagKeys": request.input.TagKeys ?? [] },
  }),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { ResourceARN: arn = "", TagKeys: keys = [] } = input;
      const [alarm] = await lockAlarms(tx, ctx.scope.id, [alarmOfArn(ctx, arn)]);
      if (!alarm) throw cloudwatchErrors.noResource(arn);
      await setAlarmTags(
        tx,
        alarm.id,
        alarm.tags.filter(({ key }) => !keys.includes(key)),
      );
      return {};
    }),
});
