/** ecs:ListTagsForResource. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTagsForResource.html */
import { ListTagsForResource$, type ListTagsForResourceCommand } from "@aws-sdk/client-ecs";
import { readTags } from "@roadstead/db/resource-tags";
import { operation } from "../operation.ts";
import { taggedResource } from "./tagged-resource.ts";

export const listTagsForResource = operation<ListTagsForResourceCommand>(ListTagsForResource$, {
  authorize: ({ input }) => ({ action: "ecs:ListTagsForResource", resource: input.resourceArn ?? "" }),
  async handle({ input, ctx }) {
    const { kind, id } = await taggedResource(ctx.db, ctx.scope, input.resourceArn);
    return { tags: [...(await readTags(ctx.db, kind, id))] };
  },
});
