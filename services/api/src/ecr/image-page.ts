/** One page of a repository's images, whole or as ids. */
import type { ImageStatusFilter, TagStatus } from "@aws-sdk/client-ecr";
import type { ImagePage } from "@roadstead/db/images";
import type { RepositoryRow } from "@roadstead/db/repositories";
import type { ApiContext } from "../context.ts";
import { loadEcrPage } from "./page.ts";

/** Nothing here is ever archived. */
const ARCHIVED: readonly (ImageStatusFilter | undefined)[] = ["ARCHIVED", "ACTIVATING"];

export function imagePage<Row extends { readonly key: string }>(request: {
  readonly ctx: ApiContext;
  readonly operation: string;
  readonly repository: RepositoryRow;
  readonly input: {
    readonly maxResults?: number | undefined;
    readonly nextToken?: string | undefined;
    readonly filter?:
      | { readonly tagStatus?: TagStatus | undefined; readonly imageStatus?: ImageStatusFilter | undefined }
      | undefined;
  };
  readonly load: (page: ImagePage) => Promise<readonly Row[]>;
}) {
  const { ctx, operation, repository, input } = request;
  const { tagStatus = "ANY", imageStatus } = input.filter ?? {};
  const isEmpty = ARCHIVED.includes(imageStatus);
  return loadEcrPage<Row>({
    ctx,
    operation,
    filter: [repository.id, tagStatus, imageStatus],
    input,
    load: async (after, limit) =>
      isEmpty ? [] : request.load({ repositoryId: repository.id, tagStatus, after, limit }),
  });
}
