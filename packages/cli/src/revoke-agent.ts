/** Revokes an agent and waits until every process knows; `agent revoke` and `account delete-agent` call this. */
import { setTimeout as delay } from "node:timers/promises";
import { FRESH_MS } from "@roadstead/db/access-key-cache";
import { findAgent, revokeAgent } from "@roadstead/db/agents";
import { withDb } from "./database.ts";

/** Requests that were read just before are answered by then. */
const MARGIN_MS = 100;

/** Named by its id, its container instance's or its access key's. False when there is no such agent. */
export async function revokeAndSettle(url: string, name: string): Promise<boolean> {
  const isRevoked = await withDb(url, async (db) => {
    const agentId = await findAgent(db, name);
    return agentId !== null && db.write((tx) => revokeAgent(tx, agentId));
  });
  // A process that read the key just before may honour it so long: afterwards none does, on any replica.
  if (isRevoked) await delay(FRESH_MS + MARGIN_MS);
  return isRevoked;
}
