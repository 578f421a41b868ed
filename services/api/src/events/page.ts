/** EventBridge's way of paging over a list that is at hand. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { eventErrors } from "./errors.ts";

const SIZE = 100;

export function pageOf<Row>(
  ctx: ApiContext,
  rows: readonly Row[],
  request: {
    readonly operation: string;
    /** Everything that selects the list; a token is good for the same filter only. */
    readonly filter: unknown;
    readonly input: { readonly Limit?: number | undefined; readonly NextToken?: string | undefined };
    /** What the rows are in the order of. */
    readonly keyOf: (row: Row) => string;
  },
): { readonly shown: readonly Row[]; readonly next: { NextToken?: string } } {
  const { operation, filter, input, keyOf } = request;
  const place = { scopeId: ctx.scope.id, operation, filter };
  const after = input.NextToken ? openPageToken(ctx.pageTokens, place, input.NextToken) : "";
  if (after === null) throw eventErrors.validation("The next token is not valid.");
  const rest = rows.filter((row) => keyOf(row) > after);
  const size = input.Limit ?? SIZE;
  const shown = rest.slice(0, size);
  const last = rest.length > size ? shown.at(-1) : undefined;
  return { shown, next: last ? { NextToken: sealPageToken(ctx.pageTokens, place, keyOf(last)) } : {} };
}
