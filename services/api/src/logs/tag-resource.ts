/** logs:TagResource. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html */
import { TagResource$, type TagResourceCommand } from "@aws-sdk/client-cloudwatch-logs";
import { operation } from "../operation.ts";
import { groupOfArn } from "./group.ts";
import { authorizeTagging } from "./tagged-group.ts";
import { addTags } from "./tags.ts";

export const tagResource = operation<TagResourceCommand>(TagResource$, {
  authorize: authorizeTagging("logs:TagResource"),
  async handle({ input, ctx }) {
    await addTags(ctx, groupOfArn(ctx, input.resourceArn ?? ""), input.tags ?? {});
    return {};
  },
});
