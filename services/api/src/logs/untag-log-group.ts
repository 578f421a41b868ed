/** logs:UntagLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html */
import { UntagLogGroup$, type UntagLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { operation } from "../operation.ts";
import { onTags } from "./tagged-group.ts";
import { removeTags } from "./tags.ts";

export const untagLogGroup = operation<UntagLogGroupCommand>(UntagLogGroup$, {
  authorize: ({ input, ctx }) =>
    onTags(ctx, "logs:UntagLogGroup", { group: input.logGroupName ?? "", tagKeys: input.tags }),
  async handle({ input, ctx }) {
    await removeTags(ctx, input.logGroupName ?? "", input.tags ?? []);
    return {};
  },
});
