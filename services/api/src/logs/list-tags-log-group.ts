/** logs:ListTagsLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html */
import { ListTagsLogGroup$, type ListTagsLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { operation } from "../operation.ts";
import { existingGroup } from "./group.ts";
import { onTags } from "./tagged-group.ts";

export const listTagsLogGroup = operation<ListTagsLogGroupCommand>(ListTagsLogGroup$, {
  authorize: ({ input, ctx }) => onTags(ctx, "logs:ListTagsLogGroup", { group: input.logGroupName ?? "" }),
  async handle({ input, ctx }) {
    const { tags } = await existingGroup(ctx, input.logGroupName ?? "");
    return { tags: { ...tags } };
  },
});
