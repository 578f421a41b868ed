/** Application Auto Scaling's way of paging: checks `MaxResults` and `NextToken`, seals the place to go on. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { scalingErrors } from "./errors.ts";

const SIZE = 50;

export interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

interface PageRequest<Row> {
  readonly operation: string;
  /** Everything that selects the list; a token is good for the same filter only. */
  readonly filter: unknown;
  readonly input: PageInput;
  /** What tells a row from all others of the list. */
  readonly keyOf: (row: Row) => string;
}

/** Rows after the key (empty for the first page), at most `limit`. */
type Load<Row> = (after: string, limit: number) => Promise<readonly Row[]>;

export async function loadPage<Row>(ctx: ApiContext, request: PageRequest<Row>, load: Load<Row>) {
  const { operation, filter, input, keyOf } = request;
  const size = input.MaxResults ?? SIZE;
  if (size < 1 || size > SIZE) {
    throw scalingErrors.validation(`MaxResults must be a number from 1 to ${SIZE}.`);
  }
  const place = { scopeId: ctx.scope.id, operation, filter };
  const after = input.NextToken ? openPageToken(ctx.pageTokens, place, input.NextToken) : "";
  if (after === null) throw scalingErrors.invalidToken();
  const rows = await load(after, size + 1);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return { shown, next: last ? { NextToken: sealPageToken(ctx.pageTokens, place, keyOf(last)) } : {} };
}

/** Pages over a list that is at hand, in the order of its keys. */
export const pageOf = <Row>(ctx: ApiContext, rows: readonly Row[], request: PageRequest<Row>) =>
  loadPage(ctx, request, async (after, limit) =>
    rows.filter((row) => request.keyOf(row) > after).slice(0, limit),
  );
