/** Elastic Load Balancing's way of paging: Marker, PageSize and NextMarker. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";

/** The model bounds PageSize by the same. */
const PAGE_SIZE_MAX = 400;

export async function loadElbPage<Row>(request: {
  readonly ctx: ApiContext;
  readonly operation: string;
  /** Everything that selects the list. */
  readonly filter: unknown;
  readonly input: { readonly Marker?: string | undefined; readonly PageSize?: number | undefined };
  readonly load: (after: string, limit: number) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => string;
}): Promise<{ readonly rows: readonly Row[]; readonly NextMarker: string | undefined }> {
  const { ctx, input, operation, filter } = request;
  const size = input.PageSize ?? PAGE_SIZE_MAX;
  const place = { scopeId: ctx.scope.id, operation, filter };
  const after = input.Marker ? openPageToken(ctx.pageTokens, place, input.Marker) : "";
  if (after === null) throw elbErrors.validation("Invalid marker");
  const rows = await request.load(after, size + 1);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return { rows: shown, NextMarker: last && sealPageToken(ctx.pageTokens, place, request.keyOf(last)) };
}
