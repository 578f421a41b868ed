/** logs:UntagResource. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html */
import { UntagResource$, type UntagResourceCommand } from "@aws-sdk/client-cloudwatch-logs";
import { operation } from "../operation.ts";
import { groupOfArn } from "./group.ts";
import { authorizeTagging } from "./tagged-group.ts";
import { removeTags } from "./tags.ts";

export const untagResource = operation<UntagResourceCommand>(UntagResource$, {
  authorize: authorizeTagging("logs:UntagResource"),
  async handle({ input, ctx }) {
    await removeTags(ctx, groupOfArn(ctx, input.resourceArn ?? ""), input.tagKeys ?? []);
    return {};
  },
});
