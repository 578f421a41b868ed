/** Lists of groups and streams in pages; the model bounds `limit`. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { logsErrors } from "./errors.ts";

const DEFAULT_SIZE = 50;

export async function loadLogsPage<Row, Cursor>(request: {
  readonly ctx: ApiContext;
  readonly operation: string;
  /** Everything that selects the list; a token is good for the same filter only. */
  readonly filter: unknown;
  readonly input: { readonly limit?: number | undefined; readonly nextToken?: string | undefined };
  readonly load: (after: Cursor | null, limit: number) => Promise<readonly Row[]>;
  readonly cursorOf: (row: Row) => Cursor;
}): Promise<{ readonly rows: readonly Row[]; readonly nextToken: string | undefined }> {
  const { ctx, operation, filter, input } = request;
  const size = input.limit ?? DEFAULT_SIZE;
  const place = { scopeId: ctx.scope.id, operation, filter };
  const opened = input.nextToken === undefined ? null : openPageToken(ctx.pageTokens, place, input.nextToken);
  if (input.nextToken !== undefined && opened === null) throw logsErrors.badToken();
  // Sealed by us, so its shape is known.
  const after = opened === null ? null : (JSON.parse(opened) as Cursor);
  const rows = await request.load(after, size + 1);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  const nextToken = last && sealPageToken(ctx.pageTokens, place, JSON.stringify(request.cursorOf(last)));
  return { rows: shown, nextToken };
}
