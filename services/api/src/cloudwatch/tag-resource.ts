/** cloudwatch:TagResource. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html */
import { TagResource$, type TagResourceCommand } from "@aws-sdk/client-cloudwatch";
import { lockAlarms, setAlarmTags } from "@roadstead/db/alarm-states";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { alarmOfArn } from "./subject.ts";
import { onTagged, requestTags, withTags } from "./tags.ts";

export const tagResource = operation<TagResourceCommand>(TagResource$, {
  authorize: (request) => ({ ...onTagged("TagResource")(request), context: requestTags(request.input.Tags) }),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { ResourceARN: arn = "" } = input;
      const [alarm] = await lockAlarms(tx, ctx.scope.id, [alarmOfArn(ctx, arn)]);
      if (!alarm) throw cloudwatchErrors.noResource(arn);
      await setAlarmTags(tx, alarm.id, withTags(alarm.tags, input.Tags));
      return {};
    }),
});
