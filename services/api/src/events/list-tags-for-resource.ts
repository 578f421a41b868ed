/** events:ListTagsForResource. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html */
import { ListTagsForResource$, type ListTagsForResourceCommand } from "@aws-sdk/client-eventbridge";
import { operation } from "../operation.ts";
import { existingRule, ruleOfArn } from "./subject.ts";
import { authorizeTags } from "./tags.ts";

export const listTagsForResource = operation<ListTagsForResourceCommand>(ListTagsForResource$, {
  authorize: authorizeTags("ListTagsForResource"),
  async handle({ input, ctx }) {
    const { tags } = await existingRule(ctx.db, ctx, ruleOfArn(ctx, input.ResourceARN));
    return { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
});
