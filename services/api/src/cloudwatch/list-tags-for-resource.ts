/** cloudwatch:ListTagsForResource. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html */
import { ListTagsForResource$, type ListTagsForResourceCommand } from "@aws-sdk/client-cloudwatch";
import { findAlarm } from "@roadstead/db/alarms";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { alarmOfArn } from "./subject.ts";
import { onTagged } from "./tags.ts";

export const listTagsForResource = operation<ListTagsForResourceCommand>(ListTagsForResource$, {
  authorize: onTagged("ListTagsForResource"),
  async handle({ input, ctx }) {
    const { ResourceARN: arn = "" } = input;
    const alarm = await findAlarm(ctx.db, ctx.scope.id, alarmOfArn(ctx, arn));
    if (!alarm) throw cloudwatchErrors.noResource(arn);
    return { Tags: alarm.tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
});
