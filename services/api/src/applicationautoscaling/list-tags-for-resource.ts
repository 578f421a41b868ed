/** application-autoscaling:ListTagsForResource. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html */
import {
  ListTagsForResource$,
  type ListTagsForResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { operation } from "../operation.ts";
import { authorizeTags, taggedTarget } from "./tags.ts";

export const listTagsForResource = operation<ListTagsForResourceCommand>(ListTagsForResource$, {
  authorize: authorizeTags("ListTagsForResource"),
  async handle({ input, ctx }) {
    const { tags } = await taggedTarget(ctx.db, ctx, input.ResourceARN);
    return { Tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) };
  },
});
