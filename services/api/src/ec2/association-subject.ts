/** What an association of a route table is between, for permissions. */
import { routeTableAssociations } from "@roadstead/db/network-tables";
import type { ApiContext } from "../context.ts";

/** The ids of its table and its subnet; nothing when there is no such association. */
export async function partsOf(
  ctx: ApiContext,
  associationId: string | undefined,
): Promise<readonly string[]> {
  const row = await routeTableAssociations.find(ctx.db, ctx.scope.id, associationId ?? "");
  return row ? [row.routeTableId, ...(row.subnetId === null ? [] : [row.subnetId])] : [];
}
