/** ecr:DescribeImages. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html */
import { DescribeImages$, type DescribeImagesCommand, type ImageIdentifier } from "@aws-sdk/client-ecr";
import type { ReadTx } from "@roadstead/db/connect";
import { findImages, type ImageRow, listImages, resolveImages } from "@roadstead/db/images";
import type { RepositoryRow } from "@roadstead/db/repositories";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { ecrErrors } from "./errors.ts";
import { problemReason } from "./image-failures.ts";
import { imageIdProblem, readImageId } from "./image-id.ts";
import { imagePage } from "./image-page.ts";
import { refusePage } from "./page.ts";
import { renderImageDetail } from "./render/image-detail.ts";
import { authorizeRepository, existingRepository, named } from "./repository.ts";

export const describeImages = operation<DescribeImagesCommand>(DescribeImages$, {
  authorize: authorizeRepository("ecr:DescribeImages"),
  handle: ({ input, ctx }) =>
    ctx.db.read(async (tx) => {
      const repository = await existingRepository(tx, ctx, input.repositoryName);
      const render = (row: ImageRow) => renderImageDetail(ctx, repository, row);
      if (input.imageIds) {
        refusePage(input, "imageIds");
        return { imageDetails: (await imagesById(tx, ctx, repository, input.imageIds)).map(render) };
      }
      const { rows, nextToken } = await imagePage({
        ctx,
        operation: "DescribeImages",
        repository,
        input,
        load: (page) => listImages(tx, page),
      });
      return { imageDetails: rows.map(render), nextToken };
    }),
});

/** Each image once, in the order of the ids; the first id that means none is an error. */
async function imagesById(
  tx: ReadTx,
  ctx: ApiContext,
  repository: RepositoryRow,
  imageIds: readonly ImageIdentifier[],
): Promise<readonly ImageRow[]> {
  for (const id of imageIds) {
    const problem = imageIdProblem(id);
    if (problem) throw ecrErrors.badImageId(problemReason(problem));
  }
  const ids = imageIds.map(readImageId);
  const digests = (await resolveImages(tx, repository.id, ids)).map((digest, index) => {
    if (digest === null) throw ecrErrors.imageNotFound(named(ctx, repository.name), ids[index] ?? {});
    return digest;
  });
  const rows = await findImages(tx, repository.id, digests);
  const byDigest = new Map(rows.map((row) => [row.digest, row]));
  return [...new Set(digests)].flatMap((digest) => byDigest.get(digest) ?? []);
}
