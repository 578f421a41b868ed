/**
 * ecr:BatchGetImage. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
 * Manifests are answered as they were pushed, whatever `acceptedMediaTypes` says: another form has another digest.
 */
import { BatchGetImage$, type BatchGetImageCommand } from "@aws-sdk/client-ecr";
import { findImageManifests, manifestBytes, resolveImages } from "@roadstead/db/images";
import { recordPulls } from "@roadstead/db/manifests";
import { operation } from "../operation.ts";
import { ecrErrors } from "./errors.ts";
import { imageFailure, sortImageIds } from "./image-failures.ts";
import { readImageId } from "./image-id.ts";
import { authorizeRepository, existingRepository, namesOf } from "./repository.ts";

const ANSWER_MAX_MIB = 16;

export const batchGetImage = operation<BatchGetImageCommand>(BatchGetImage$, {
  authorize: authorizeRepository("ecr:BatchGetImage"),
  async handle({ input, ctx }) {
    const { usable, failures } = sortImageIds(input.imageIds ?? []);
    const { repository, digests, manifests } = await ctx.db.read(async (tx) => {
      const repository = await existingRepository(tx, ctx, input.repositoryName);
      const digests = await resolveImages(tx, repository.id, usable.map(readImageId));
      const found = [...new Set(digests.flatMap((digest) => digest ?? []))];
      const bytes = await manifestBytes(tx, repository.id, found);
      if (bytes > ANSWER_MAX_MIB * 1024 * 1024) throw ecrErrors.answerTooLarge(ANSWER_MAX_MIB);
      return { repository, digests, manifests: await findImageManifests(tx, repository.id, found) };
    });
    const pulls = manifests.map(({ digest }) => ({ repositoryId: repository.id, digest }));
    await recordPulls(ctx.db, pulls);
    const byDigest = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
    const seen = new Set<string>();
    const images = usable.flatMap((imageId, index) => {
      const manifest = byDigest.get(digests[index] ?? "");
      if (!manifest) {
        failures.push(imageFailure(imageId, "ImageNotFound"));
        return [];
      }
      const { imageTag } = imageId;
      const key = `${manifest.digest} ${imageTag ?? ""}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return {
        ...namesOf(ctx, repository),
        imageId: { imageDigest: manifest.digest, ...(imageTag === undefined ? {} : { imageTag }) },
        imageManifest: manifest.bytes.toString("utf8"),
        imageManifestMediaType: manifest.mediaType,
      };
    });
    return { images, failures };
  },
});
