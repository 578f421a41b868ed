/** logs:ListTagsForResource. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html */
import { ListTagsForResource$, type ListTagsForResourceCommand } from "@aws-sdk/client-cloudwatch-logs";
import { operation } from "../operation.ts";
import { existingGroup, groupOfArn } from "./group.ts";
import { authorizeTagging } from "./tagged-group.ts";

export const listTagsForResource = operation<ListTagsForResourceCommand>(ListTagsForResource$, {
  authorize: authorizeTagging("logs:ListTagsForResource"),
  async handle({ input, ctx }) {
    const { tags } = await existingGroup(ctx, groupOfArn(ctx, input.resourceArn ?? ""));
    return { tags: { ...tags } };
  },
});
