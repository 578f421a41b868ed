/** ssm:ListTagsForResource. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html */
import { ListTagsForResource$, type ListTagsForResourceCommand } from "@aws-sdk/client-ssm";
import { operation } from "../operation.ts";
import { existingParameter } from "./subject.ts";
import { authorizeTags } from "./tags.ts";

export const listTagsForResource = operation<ListTagsForResourceCommand>(ListTagsForResource$, {
  authorize: authorizeTags("ssm:ListTagsForResource"),
  async handle({ input, ctx }) {
    const { tags } = await existingParameter(ctx.db, ctx, input.ResourceId);
    return { TagList: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
});
