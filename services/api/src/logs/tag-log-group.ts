/** logs:TagLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html */
import { TagLogGroup$, type TagLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { operation } from "../operation.ts";
import { onTags } from "./tagged-group.ts";
import { addTags } from "./tags.ts";

export const tagLogGroup = operation<TagLogGroupCommand>(TagLogGroup$, {
  authorize: ({ input, ctx }) =>
    onTags(ctx, "logs:TagLogGroup", { group: input.logGroupName ?? "", tags: input.tags }),
  async handle({ input, ctx }) {
    await addTags(ctx, input.logGroupName ?? "", input.tags ?? {});
    return {};
  },
});
