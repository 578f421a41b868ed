/** Systems Manager's way of paging over a list that is at hand. */
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { parameterErrors } from "./errors.ts";

export function pageOf<Row extends { readonly name: string }>(
  ctx: ApiContext,
  rows: readonly Row[],
  request: {
    readonly operation: string;
    readonly filter: unknown;
    readonly size: number;
    readonly token: string | undefined;
  },
): { readonly shown: readonly Row[]; readonly next: { NextToken?: string } } {
  const place = { scopeId: ctx.scope.id, operation: request.operation, filter: request.filter };
  const after = request.token ? openPageToken(ctx.pageTokens, place, request.token) : "";
  if (after === null) throw parameterErrors.invalidToken();
  const rest = rows.filter(({ name }) => name > after);
  const shown = rest.slice(0, request.size);
  const last = rest.length > request.size ? shown.at(-1) : undefined;
  return { shown, next: last ? { NextToken: sealPageToken(ctx.pageTokens, place, last.name) } : {} };
}
