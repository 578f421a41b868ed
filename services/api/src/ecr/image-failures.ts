/** Which of a batch's ids came to nothing, in AWS's codes and words. */
import type { ImageFailure, ImageFailureCode, ImageIdentifier } from "@aws-sdk/client-ecr";
import { DIGEST_PATTERN, type ImageIdProblem, imageIdProblem } from "./image-id.ts";

const REASONS = {
  ImageNotFound: "Requested image not found",
  MissingDigestAndTag: "Invalid request parameters: both tag and digest cannot be null",
  InvalidImageDigest: `Invalid request parameters: image digest should satisfy the regex '${DIGEST_PATTERN}'`,
  InvalidImageTag:
    "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
  ImageTagDoesNotMatchDigest: "Requested image tag does not match the image digest",
} as const satisfies Partial<Record<ImageFailureCode, string>>;

export const imageFailure = (imageId: ImageIdentifier, failureCode: keyof typeof REASONS): ImageFailure => ({
  imageId,
  failureCode,
  failureReason: REASONS[failureCode],
});

export const referencedFailure = (imageId: ImageIdentifier, parents: readonly string[]): ImageFailure => ({
  imageId,
  failureCode: "ImageReferencedByManifestList",
  failureReason: `Requested image referenced by manifest list: [${parents.join(", ")}]`,
});

export const problemReason = (problem: ImageIdProblem): string => REASONS[problem];

/** Ids that may mean an image, and failures for the others. */
export function sortImageIds(imageIds: readonly ImageIdentifier[]): {
  readonly usable: readonly ImageIdentifier[];
  readonly failures: ImageFailure[];
} {
  const usable: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const imageId of imageIds) {
    const problem = imageIdProblem(imageId);
    if (problem) failures.push(imageFailure(imageId, problem));
    else usable.push(imageId);
  }
  return { usable, failures };
}
