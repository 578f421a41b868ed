/** CloudWatch's way of paging: one row more than shown is asked for, and the place to go on is sealed. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { cloudwatchErrors } from "./errors.ts";

export async function loadPage<Row>(
  ctx: ApiContext,
  request: {
    readonly operation: string;
    /** Everything that selects the list; a token is good for the same filter only. */
    readonly filter: unknown;
    readonly size: number;
    readonly token: string | undefined;
    /** Rows after the key (empty for the first page), at most `limit`. */
    readonly load: (after: string, limit: number) => Promise<readonly Row[]>;
    readonly keyOf: (row: Row) => string;
  },
): Promise<{ readonly rows: readonly Row[]; readonly next: { NextToken?: string } }> {
  const { operation, filter, size, token } = request;
  const place = { scopeId: ctx.scope.id, operation, filter };
  const after = token ? openPageToken(ctx.pageTokens, place, token) : "";
  if (after === null) throw cloudwatchErrors.badToken();
  const found = await request.load(after, size + 1);
  const rows = found.slice(0, size);
  const last = found.length > size ? rows.at(-1) : undefined;
  return { rows, next: last ? { NextToken: sealPageToken(ctx.pageTokens, place, request.keyOf(last)) } : {} };
}
