/** Identities of machines. `roadstead up` makes the local one; a join token will make the others. */
import { newId } from "@roadstead/service-kit/ids";
import { createAccessKey, type NewAccessKey } from "./access-keys.ts";
import type { Db, WriteTx } from "./connect.ts";
import type { Scope } from "./scopes.ts";
import type { SecretBox } from "./secrets.ts";

export const createAgentKey = (
  db: Db,
  box: SecretBox,
  agent: { readonly scope: Scope; readonly clusterName: string },
): Promise<NewAccessKey> =>
  db.write(async (tx) => {
    const agentId = newId();
    await tx.query("INSERT INTO agents (id, scope_id, cluster_name) VALUES ($1, $2, $3)", [
      agentId,
      agent.scope.id,
      agent.clusterName,
    ]);
    return createAccessKey(tx, box, { accountId: agent.scope.accountId, userId: null, agentId });
  });

/** Ties an agent to the container instance it registered; its key may act on no other from then on. */
export async function bindAgent(tx: WriteTx, agentId: string, containerInstanceId: string): Promise<void> {
  await tx.query("UPDATE agents SET container_instance_id = $2 WHERE id = $1", [
    agentId,
    containerInstanceId,
  ]);
}
