/** ecr:BatchDeleteImage. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html */
import { BatchDeleteImage$, type BatchDeleteImageCommand } from "@aws-sdk/client-ecr";
import { deleteImages } from "@roadstead/db/delete-images";
import { operation } from "../operation.ts";
import { imageFailure, referencedFailure, sortImageIds } from "./image-failures.ts";
import { readImageId, renderImageId } from "./image-id.ts";
import { authorizeRepository, existingRepository } from "./repository.ts";

export const batchDeleteImage = operation<BatchDeleteImageCommand>(BatchDeleteImage$, {
  authorize: authorizeRepository("ecr:BatchDeleteImage"),
  async handle({ input, ctx }) {
    const { usable, failures } = sortImageIds(input.imageIds ?? []);
    const deletion = await ctx.db.write(async (tx) => {
      const repository = await existingRepository(tx, ctx, input.repositoryName);
      return deleteImages(tx, repository.id, usable.map(readImageId));
    });
    return {
      imageIds: deletion.deleted.map(renderImageId),
      failures: [
        ...failures,
        ...deletion.failures.map((failure) =>
          failure.code === "ImageReferencedByManifestList"
            ? referencedFailure(renderImageId(failure.id), failure.parents)
            : imageFailure(renderImageId(failure.id), failure.code),
        ),
      ],
    };
  },
});
