/**
 * ecr:BatchCheckLayerAvailability.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html
 */
import {
  BatchCheckLayerAvailability$,
  type BatchCheckLayerAvailabilityCommand,
  type LayerFailure,
} from "@aws-sdk/client-ecr";
import { leaseLayers } from "@roadstead/db/layers";
import { operation } from "../operation.ts";
import { DIGEST_PATTERN, isDigest } from "./image-id.ts";
import { authorizeRepository, existingRepository } from "./repository.ts";

/** What ECR says of every layer, whatever its image says. */
const LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip";

const FAILURES = {
  InvalidLayerDigest: `Invalid request parameters: layer digest should satisfy the regex '${DIGEST_PATTERN}'`,
  MissingLayerDigest: "Invalid request parameters: layer digest cannot be empty",
} as const;

export const batchCheckLayerAvailability = operation<BatchCheckLayerAvailabilityCommand>(
  BatchCheckLayerAvailability$,
  {
    authorize: authorizeRepository("ecr:BatchCheckLayerAvailability"),
    async handle({ input, ctx }) {
      const digests = [...new Set(input.layerDigests)];
      const repository = await existingRepository(ctx.db, ctx, input.repositoryName);
      const usable = digests.filter(isDigest);
      const found = await ctx.db.write((tx) => leaseLayers(tx, repository.id, usable));
      const sizes = new Map(found.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
      return {
        layers: usable.map((layerDigest) => {
          const layerSize = sizes.get(layerDigest);
          return layerSize === undefined
            ? { layerDigest, layerAvailability: "UNAVAILABLE" as const }
            : { layerDigest, layerAvailability: "AVAILABLE" as const, layerSize, mediaType: LAYER_TYPE };
        }),
        failures: digests.filter((digest) => !isDigest(digest)).map(failure),
      };
    },
  },
);

function failure(layerDigest: string): LayerFailure {
  const failureCode = layerDigest === "" ? "MissingLayerDigest" : "InvalidLayerDigest";
  return { layerDigest, failureCode, failureReason: FAILURES[failureCode] };
}
