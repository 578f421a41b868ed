/** Resolves (account, region) to the scope id that regional rows carry. Cached: scopes are never removed. */
import type { Place } from "@roadstead/model/arn";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface Scope extends Place {
  readonly id: number;
}

export async function findScope(tx: Pick<ReadTx, "query">, place: Place): Promise<Scope | null> {
  const [row] = await tx.query<{ id: number }>(
    "SELECT id FROM scopes WHERE account_id = $1 AND region = $2",
    [place.accountId, place.region],
    "scope-find",
  );
  return row ? { ...place, id: row.id } : null;
}

/** Makes the scope when it is new; the account must exist. */
export async function ensureScope(tx: WriteTx, place: Place): Promise<Scope> {
  await tx.query("INSERT INTO scopes (account_id, region) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
    place.accountId,
    place.region,
  ]);
  const scope = await findScope(tx, place);
  if (!scope) throw new Error(`scope of ${place.accountId} in ${place.region} vanished`);
  return scope;
}
