/** ecr:DeleteRepository. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html */
import { DeleteRepository$, type DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { deleteRepository as deleteRow, hasImages, lockRepository } from "@roadstead/db/repositories";
import { operation } from "../operation.ts";
import { ecrErrors } from "./errors.ts";
import { renderRepository } from "./render/repository.ts";
import { authorizeRepository, found, named } from "./repository.ts";

export const deleteRepository = operation<DeleteRepositoryCommand>(DeleteRepository$, {
  authorize: authorizeRepository("ecr:DeleteRepository"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { repositoryName: name = "" } = input;
      const row = found(ctx, name, await lockRepository(tx, ctx.scope.id, name));
      if (!input.force && (await hasImages(tx, row.id))) {
        throw ecrErrors.repositoryNotEmpty(named(ctx, name));
      }
      await deleteRow(tx, row.id);
      return { repository: renderRepository(ctx, row) };
    }),
});
