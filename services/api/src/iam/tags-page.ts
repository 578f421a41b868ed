/** A page of something's tags; the operations that list tags answer it. */
import type { Tag as IamTag } from "@aws-sdk/client-iam";
import type { Tag } from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { loadIamPage } from "./page.ts";
import { renderTags } from "./tags.ts";

export async function loadTagsPage(
  ctx: ApiContext,
  operation: string,
  request: {
    readonly ownerId: string;
    readonly tags: readonly Tag[];
    readonly input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined };
  },
): Promise<{ Tags: IamTag[]; IsTruncated: boolean; Marker: string | undefined }> {
  const sorted = request.tags.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const { rows, ...page } = await loadIamPage({
    ctx,
    operation,
    filter: request.ownerId,
    input: request.input,
    load: async (after, limit) => sorted.filter(({ key }) => key > after).slice(0, limit),
    keyOf: ({ key }) => key,
  });
  return { Tags: renderTags(rows), ...page };
}
