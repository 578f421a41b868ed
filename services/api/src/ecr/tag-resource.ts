/** ecr:TagResource. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html */
import { TagResource$, type TagResourceCommand } from "@aws-sdk/client-ecr";
import { lockRepository, setRepositoryTags } from "@roadstead/db/repositories";
import { operation } from "../operation.ts";
import { found } from "./repository.ts";
import { authorizeTagging, repositoryOfArn } from "./tagged-repository.ts";
import { checkedTags, mergedTags } from "./tags.ts";

const ACTION = "ecr:TagResource";

export const tagResource = operation<TagResourceCommand>(TagResource$, {
  authorize: authorizeTagging(ACTION),
  async handle({ input, ctx }) {
    const name = repositoryOfArn(ctx, input.resourceArn, ACTION);
    const tags = checkedTags(input.tags);
    await ctx.db.write(async (tx) => {
      const row = found(ctx, name, await lockRepository(tx, ctx.scope.id, name));
      await setRepositoryTags(tx, row.id, mergedTags(row.tags, tags));
    });
    return {};
  },
});
