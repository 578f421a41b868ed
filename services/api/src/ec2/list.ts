/** EC2's lists: of the ids that are named, through the filters, in pages. */
import type { Filter, Tag } from "@aws-sdk/client-ec2";
import type { ReadTx } from "@roadstead/db/connect";
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { ec2Errors } from "./errors.ts";
import { type FilterTable, filtered } from "./filters.ts";
import { type Kind, wellFormed } from "./kinds.ts";
import { readNetwork } from "./network.ts";

const MIN_SIZE = 5;
const MAX_SIZE = 1_000;

interface Item {
  readonly Tags?: Tag[] | undefined;
}

/** A kind of resource as lists show it. */
export interface View<Shown extends Item> {
  load(tx: ReadTx, ctx: ApiContext): Promise<readonly Shown[]>;
  readonly idOf: (item: Shown) => string | undefined;
  readonly filters: FilterTable<Shown>;
}

export async function list<Shown extends Item>(request: {
  readonly ctx: ApiContext;
  readonly operation: string;
  readonly view: View<Shown>;
  readonly kind: Pick<Kind<never>, "prefix" | "missingCode" | "missing" | "malformedCode">;
  readonly input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined };
  readonly ids?: readonly string[] | undefined;
  readonly filters?: readonly Filter[] | undefined;
}): Promise<{ readonly rows: Shown[]; readonly NextToken: string | undefined }> {
  const { ctx, view, ids, filters, input } = request;
  const all = await readNetwork(ctx, (tx) => view.load(tx, ctx));
  const named = ids && ids.length > 0 ? namedOf(all, ids, request) : all;
  const found = filtered(named, filters, view.filters);
  return pageOf(
    ctx,
    { operation: request.operation, filter: [ids ?? [], filters ?? []], input },
    found,
    view.idOf,
  );
}

/** One that is there, as lists show it. */
export async function shown<Shown extends Item>(
  tx: ReadTx,
  ctx: ApiContext,
  view: View<Shown>,
  id: string,
): Promise<Shown | undefined> {
  return (await view.load(tx, ctx)).find((item) => view.idOf(item) === id);
}

function namedOf<Shown extends Item>(
  all: readonly Shown[],
  ids: readonly string[],
  { view, kind }: Pick<Parameters<typeof list<Shown>>[0], "view" | "kind">,
): readonly Shown[] {
  const wanted = new Set(ids.map((id) => wellFormed(kind, id)));
  const found = all.filter((item) => wanted.delete(view.idOf(item) ?? ""));
  const [missing, ...others] = wanted;
  if (missing === undefined) return found;
  if (others.length === 0) throw ec2Errors.notFound(kind.missingCode, kind.missing(missing));
  const text = [missing, ...others].join(", ");
  throw ec2Errors.notFound(
    kind.missingCode,
    kind.missing(text).replace(" ID '", " IDs '").replace("does", "do"),
  );
}

/** Everything at once, unless the caller asks for less. */
export function pageOf<Shown>(
  ctx: ApiContext,
  request: {
    readonly operation: string;
    readonly filter: unknown;
    readonly input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined };
  },
  found: readonly Shown[],
  idOf: (item: Shown) => string | undefined,
): { readonly rows: Shown[]; readonly NextToken: string | undefined } {
  const { MaxResults, NextToken } = request.input;
  if (MaxResults !== undefined && (MaxResults < MIN_SIZE || MaxResults > MAX_SIZE)) {
    throw ec2Errors.refused(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${MIN_SIZE} and ${MAX_SIZE}.`,
    );
  }
  const place = { scopeId: ctx.scope.id, operation: request.operation, filter: request.filter };
  const after = NextToken ? openPageToken(ctx.pageTokens, place, NextToken) : "";
  if (after === null) throw ec2Errors.refused("The token in the request is invalid.");
  const rest = [...found].filter((item) => (idOf(item) ?? "") > after);
  const rows = MaxResults === undefined ? rest : rest.slice(0, MaxResults);
  const last = rows.length < rest.length ? rows.at(-1) : undefined;
  return { rows, NextToken: last && sealPageToken(ctx.pageTokens, place, idOf(last) ?? "") };
}
