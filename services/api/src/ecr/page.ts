/** ECR's lists in pages; the model bounds `maxResults`. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { ecrErrors } from "./errors.ts";

const DEFAULT_SIZE = 100;

interface PageInput {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

export async function loadEcrPage<Row extends { readonly key: string }>(request: {
  readonly ctx: ApiContext;
  readonly operation: string;
  /** Everything that selects the list; a token is good for the same filter only. */
  readonly filter: unknown;
  readonly input: PageInput;
  /** Rows after the key (empty for the first page), at most `limit`. */
  readonly load: (after: string, limit: number) => Promise<readonly Row[]>;
}): Promise<{ readonly rows: readonly Row[]; readonly nextToken: string | undefined }> {
  const { ctx, operation, filter, input } = request;
  const size = input.maxResults ?? DEFAULT_SIZE;
  const place = { scopeId: ctx.scope.id, operation, filter };
  const after = input.nextToken ? openPageToken(ctx.pageTokens, place, input.nextToken) : "";
  if (after === null) throw ecrErrors.invalidParameter("nextToken", "Invalid token");
  const rows = await request.load(after, size + 1);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return { rows: shown, nextToken: last && sealPageToken(ctx.pageTokens, place, last.key) };
}

/** What a request names cannot be had in pages. */
export function refusePage(input: PageInput, named: string): void {
  for (const member of ["maxResults", "nextToken"] as const) {
    if (input[member] !== undefined) {
      throw ecrErrors.invalidParameter(member, `must not be specified together with ${named}`);
    }
  }
}
