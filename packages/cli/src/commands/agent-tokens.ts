/** `roadstead agent tokens` and `agent revoke-token`: what could still let a machine in, and the end of it. */
import { openJoinTokens, revokeJoinToken } from "@roadstead/db/join-tokens";
import type { Flags } from "../arguments.ts";
import { databaseUrl, withDb } from "../database.ts";
import { Failure } from "../failure.ts";
import { say } from "../progress.ts";
import { requireStack } from "../stack.ts";
import { renderTable } from "../table.ts";

export async function agentTokens(flags: Flags): Promise<void> {
  const { settings, remembered } = requireStack();
  const tokens = await withDb(databaseUrl(settings, remembered), (db) => openJoinTokens(db));
  if (flags.json) return void process.stdout.write(`${JSON.stringify(tokens, null, 2)}\n`);
  const rows = tokens.map(({ id, accountId, region, clusterName, expiresAt }) => [
    id,
    accountId,
    region,
    clusterName,
    expiresAt.toISOString(),
  ]);
  process.stdout.write(renderTable(["TOKEN ID", "ACCOUNT", "REGION", "CLUSTER", "EXPIRES"], rows));
}

export async function agentRevokeToken(id: string): Promise<void> {
  const { settings, remembered } = requireStack();
  const isRevoked = await withDb(databaseUrl(settings, remembered), (db) =>
    db.write((tx) => revokeJoinToken(tx, id)),
  );
  if (!isRevoked) throw new Failure(`no open token has the id "${id}"`, "./roadstead agent tokens");
  say(`Token ${id} lets nobody in any more.`);
}
