/** Lists in pages: checks `maxResults` and `nextToken`, asks for one row more than shown, seals the place to go on. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "./context.ts";
import { ecsErrors } from "./ecs/errors.ts";

export interface PageRequest<Row> {
  readonly ctx: ApiContext;
  readonly operation: string;
  /** Everything that selects the list; a token is good for the same filter only. */
  readonly filter: unknown;
  readonly input: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined };
  readonly defaultSize: number;
  readonly maxSize: number;
  /** Rows after the key (empty for the first page), at most `limit`. */
  readonly load: (after: string, limit: number) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => string;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Absent on the last page. */
  readonly nextToken: string | undefined;
}

export async function loadPage<Row>(request: PageRequest<Row>): Promise<Page<Row>> {
  const { ctx, operation, filter, input, maxSize } = request;
  const size = input.maxResults ?? request.defaultSize;
  if (!Number.isInteger(size) || size < 1 || size > maxSize) throw ecsErrors.invalidMaxResults(maxSize);
  const place = { scopeId: ctx.scope.id, operation, filter };
  const after = input.nextToken ? openPageToken(ctx.pageTokens, place, input.nextToken) : "";
  if (after === null) throw ecsErrors.invalidToken();
  const rows = await request.load(after, size + 1);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  const nextToken = last && sealPageToken(ctx.pageTokens, place, request.keyOf(last));
  return { rows: shown, nextToken };
}
