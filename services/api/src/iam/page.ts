/** IAM's way of paging: Marker, MaxItems and IsTruncated. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { iamErrors } from "./errors.ts";

const DEFAULT_ITEMS = 100;
const MAX_ITEMS = 1_000;

export interface IamPage<Row> {
  readonly rows: readonly Row[];
  readonly IsTruncated: boolean;
  readonly Marker: string | undefined;
}

export async function loadIamPage<Row>(request: {
  readonly ctx: ApiContext;
  readonly operation: string;
  readonly filter: unknown;
  readonly input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined };
  readonly load: (after: string, limit: number) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => string;
}): Promise<IamPage<Row>> {
  const { ctx, input, operation } = request;
  const size = input.MaxItems ?? DEFAULT_ITEMS;
  if (!Number.isInteger(size) || size < 1 || size > MAX_ITEMS) {
    throw iamErrors.validation(`MaxItems must be between 1 and ${MAX_ITEMS}`);
  }
  // IAM is global: a marker belongs to the account, not to a region.
  const place = { scopeId: 0, operation, filter: [ctx.caller.accountId, request.filter] };
  const after = input.Marker ? openPageToken(ctx.pageTokens, place, input.Marker) : "";
  if (after === null) throw iamErrors.validation("Invalid Marker.");
  const rows = await request.load(after, size + 1);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return {
    rows: shown,
    IsTruncated: last !== undefined,
    Marker: last && sealPageToken(ctx.pageTokens, place, request.keyOf(last)),
  };
}
