/** Image ids as requests write them, checked and turned into what rows are found by, and back. */
import type { ImageIdentifier } from "@aws-sdk/client-ecr";
import type { ImageId } from "@roadstead/db/images";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html */
export const DIGEST_PATTERN = "[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+";
const DIGEST = new RegExp(`^(?:${DIGEST_PATTERN})$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export const isDigest = (text: string): boolean => DIGEST.test(text);

export type ImageIdProblem = "MissingDigestAndTag" | "InvalidImageDigest" | "InvalidImageTag";

/** Null for an id that may mean an image. */
export function imageIdProblem({ imageDigest, imageTag }: ImageIdentifier): ImageIdProblem | null {
  if (imageDigest === undefined && imageTag === undefined) return "MissingDigestAndTag";
  if (imageDigest !== undefined && !isDigest(imageDigest)) return "InvalidImageDigest";
  return imageTag !== undefined && !TAG.test(imageTag) ? "InvalidImageTag" : null;
}

export const readImageId = ({ imageDigest, imageTag }: ImageIdentifier): ImageId => ({
  ...(imageDigest === undefined ? {} : { digest: imageDigest }),
  ...(imageTag === undefined ? {} : { tag: imageTag }),
});

export const renderImageId = ({ digest, tag }: ImageId): ImageIdentifier => ({
  ...(digest === undefined ? {} : { imageDigest: digest }),
  ...(tag === undefined ? {} : { imageTag: tag }),
});
