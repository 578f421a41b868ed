/** A repository as ECR answers it. */
import type { ImageTagMutabilityExclusionFilter, Repository } from "@aws-sdk/client-ecr";
import type { MutabilitySetting, RepositoryRow } from "@roadstead/db/repositories";
import { repositoryArn } from "@roadstead/model/arn";
import { repositoryUri } from "@roadstead/model/repository-uri";
import type { ApiContext } from "../../context.ts";
import { namesOf } from "../repository.ts";

export const renderRepository = (ctx: ApiContext, row: RepositoryRow): Repository => ({
  ...namesOf(ctx, row),
  repositoryArn: repositoryArn(ctx.scope, row.name),
  repositoryUri: repositoryUri(ctx.settings.registry, ctx.scope, row.name),
  createdAt: row.createdAt,
  ...renderMutability(row),
  imageScanningConfiguration: { scanOnPush: row.scanOnPush },
  encryptionConfiguration: {
    encryptionType: row.encryption.encryptionType as "AES256",
    ...(row.encryption.kmsKey ? { kmsKey: row.encryption.kmsKey } : {}),
  },
});

/** Filters are shown where they mean something. */
export function renderMutability({ tagMutability, tagMutabilityExclusionFilters }: MutabilitySetting) {
  const filters: ImageTagMutabilityExclusionFilter[] = tagMutabilityExclusionFilters.map((filter) => ({
    ...filter,
  }));
  return {
    imageTagMutability: tagMutability,
    ...(filters.length > 0 ? { imageTagMutabilityExclusionFilters: filters } : {}),
  };
}
