/** ecr:ListImages. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImages.html */
import { ListImages$, type ListImagesCommand } from "@aws-sdk/client-ecr";
import { listImageIds } from "@roadstead/db/images";
import { operation } from "../operation.ts";
import { renderImageId } from "./image-id.ts";
import { imagePage } from "./image-page.ts";
import { authorizeRepository, existingRepository } from "./repository.ts";

export const listImages = operation<ListImagesCommand>(ListImages$, {
  authorize: authorizeRepository("ecr:ListImages"),
  async handle({ input, ctx }) {
    const repository = await existingRepository(ctx.db, ctx, input.repositoryName);
    const { rows, nextToken } = await imagePage({
      ctx,
      operation: "ListImages",
      repository,
      input,
      load: (page) => listImageIds(ctx.db, page),
    });
    return {
      imageIds: rows.map(({ digest, tag }) => renderImageId({ digest, tag: tag ?? undefined })),
      nextToken,
    };
  },
});
