/** ecr:UntagResource. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UntagResource.html */
import { UntagResource$, type UntagResourceCommand } from "@aws-sdk/client-ecr";
import { lockRepository, setRepositoryTags } from "@roadstead/db/repositories";
import { operation } from "../operation.ts";
import { found } from "./repository.ts";
import { authorizeTagging, repositoryOfArn } from "./tagged-repository.ts";

const ACTION = "ecr:UntagResource";

export const untagResource = operation<UntagResourceCommand>(UntagResource$, {
  authorize: authorizeTagging(ACTION),
  async handle({ input, ctx }) {
    const name = repositoryOfArn(ctx, input.resourceArn, ACTION);
    const gone = new Set(input.tagKeys);
    await ctx.db.write(async (tx) => {
      const row = found(ctx, name, await lockRepository(tx, ctx.scope.id, name));
      await setRepositoryTags(
        tx,
        row.id,
        row.tags.filter(({ key }) => !gone.has(key)),
      );
    });
    return {};
  },
});
