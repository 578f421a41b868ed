/** Identities of machines: `roadstead up` makes the local one, a join token each other; `agent revoke` ends them. */
import { newId } from "@roadstead/service-kit/ids";
import { createAccessKey, type NewAccessKey } from "./access-keys.ts";
import type { Db, ReadTx, WriteTx } from "./connect.ts";
import { deregisterInstance } from "./deregister-instance.ts";
import type { Scope } from "./scopes.ts";
import type { SecretBox } from "./secrets.ts";

export interface NewAgent {
  readonly scope: Scope;
  readonly clusterName: string;
}

export const createAgentKey = (db: Db, box: SecretBox, agent: NewAgent): Promise<NewAccessKey> =>
  db.write(async (tx) => {
    const { accessKeyId, secretAccessKey } = await insertAgent(tx, box, agent);
    return { accessKeyId, secretAccessKey };
  });

export async function insertAgent(
  tx: WriteTx,
  box: SecretBox,
  agent: NewAgent,
): Promise<NewAccessKey & { readonly agentId: string }> {
  const agentId = newId();
  await tx.query("INSERT INTO agents (id, scope_id, cluster_name) VALUES ($1, $2, $3)", [
    agentId,
    agent.scope.id,
    agent.clusterName,
  ]);
  const key = await createAccessKey(tx, box, { accountId: agent.scope.accountId, userId: null, agentId });
  return { ...key, agentId };
}

/**
 * Ties an agent to the container instance it registered; its key may act on no other from then on. False for an agent
 * that was revoked meanwhile, which must not register.
 */
export async function bindAgent(tx: WriteTx, agentId: string, containerInstanceId: string): Promise<boolean> {
  const rows = await tx.query(
    "UPDATE agents SET container_instance_id = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING 1",
    [agentId, containerInstanceId],
  );
  return rows.length > 0;
}

/** The agent that is named by its own id, its container instance's or its access key's. Null when there is none. */
export async function findAgent(tx: Pick<ReadTx, "query">, name: string): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>(
    `SELECT id FROM agents WHERE revoked_at IS NULL AND (id = $1 OR container_instance_id = $1
       OR id = (SELECT agent_id FROM access_keys WHERE access_key_id = $1))`,
    [name],
  );
  return row?.id ?? null;
}

/**
 * Ends an agent: its key is refused from the commit on (within `FRESH_MS` where a process had just read it), and its
 * instance is deregistered as by force. False when it was revoked before.
 */
export async function revokeAgent(tx: WriteTx, agentId: string): Promise<boolean> {
  // First, so that a registration under way either is seen below or finds its agent revoked.
  const revoked = await tx.query(
    "UPDATE agents SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING 1",
    [agentId],
  );
  if (revoked.length === 0) return false;
  const instances = await tx.query<{ id: string }>(
    "SELECT id FROM container_instances WHERE agent_id = $1 AND status <> 'INACTIVE' ORDER BY id",
    [agentId],
  );
  for (const { id } of instances) await deregisterInstance(tx, id, { force: true });
  return true;
}

export interface AgentRow {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly clusterName: string;
  /** The host name of the machine that joined; null for an agent of the control plane's own machine. */
  readonly machineName: string | null;
  readonly containerInstanceId: string | null;
  readonly status: string | null;
  readonly isConnected: boolean;
  readonly createdAt: Date;
}

/** Those that were not revoked, the oldest first. */
export const listAgents = (tx: Pick<ReadTx, "query">) =>
  tx.query<AgentRow>(
    `SELECT a.id, s.account_id AS "accountId", s.region, a.cluster_name AS "clusterName",
       t.machine_name AS "machineName", i.id AS "containerInstanceId", i.status,
       coalesce(i.agent_connected, false) AS "isConnected", a.created_at AS "createdAt"
     FROM agents a JOIN scopes s ON s.id = a.scope_id
     LEFT JOIN container_instances i ON i.id = a.container_instance_id
     LEFT JOIN join_tokens t ON t.agent_id = a.id
     WHERE a.revoked_at IS NULL ORDER BY a.created_at, a.id`,
  );
