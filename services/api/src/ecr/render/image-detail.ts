/** An image as DescribeImages answers it; AWS leaves out what an image does not have. */
import type { ImageDetail } from "@aws-sdk/client-ecr";
import type { ImageRow } from "@roadstead/db/images";
import type { RepositoryRow } from "@roadstead/db/repositories";
import type { ApiContext } from "../../context.ts";
import { namesOf } from "../repository.ts";

export function renderImageDetail(ctx: ApiContext, repository: RepositoryRow, row: ImageRow): ImageDetail {
  const artifactMediaType = row.artifactType ?? row.configMediaType;
  return {
    ...namesOf(ctx, repository),
    imageDigest: row.digest,
    ...(row.tags.length > 0 ? { imageTags: [...row.tags] } : {}),
    imageSizeInBytes: row.sizeBytes,
    imagePushedAt: row.pushedAt,
    imageManifestMediaType: row.mediaType,
    ...(artifactMediaType === null ? {} : { artifactMediaType }),
    ...(row.lastPulledAt === null ? {} : { lastRecordedPullTime: row.lastPulledAt }),
    ...(row.subjectDigest === null ? {} : { subjectManifestDigest: row.subjectDigest }),
    imageStatus: "ACTIVE",
  };
}
