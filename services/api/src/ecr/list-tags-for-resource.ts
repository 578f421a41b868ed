/** ecr:ListTagsForResource. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html */
import { ListTagsForResource$, type ListTagsForResourceCommand } from "@aws-sdk/client-ecr";
import { operation } from "../operation.ts";
import { existingRepository } from "./repository.ts";
import { authorizeTagging, repositoryOfArn } from "./tagged-repository.ts";

const ACTION = "ecr:ListTagsForResource";

export const listTagsForResource = operation<ListTagsForResourceCommand>(ListTagsForResource$, {
  authorize: authorizeTagging(ACTION),
  async handle({ input, ctx }) {
    const name = repositoryOfArn(ctx, input.resourceArn, ACTION);
    const { tags } = await existingRepository(ctx.db, ctx, name);
    return { tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
});
