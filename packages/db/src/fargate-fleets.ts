/** Fleets and their hosts, as the provisioner keeps them: one fleet in each account and region that runs Fargate tasks. */
import { FLEET_CLUSTER } from "@roadstead/model/fargate";
import { newId } from "@roadstead/service-kit/ids";
import { insertAgent, revokeAgent } from "./agents.ts";
import { createCluster } from "./clusters.ts";
import type { Db, ReadTx, WriteTx } from "./connect.ts";
import type { Scope } from "./scopes.ts";
import type { SecretBox } from "./secrets.ts";

export interface FleetHost {
  readonly id: string;
  readonly scopeId: number;
  readonly machine: string;
  readonly agentId: string;
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly status: "ACTIVE" | "RETIRED";
  /** Null until its agent has registered. */
  readonly instanceId: string | null;
  readonly isConnected: boolean;
  readonly createdAtMs: number;
  /** Live tasks on it. */
  readonly tasks: number;
  /** Null while it has some. */
  readonly idleForMs: number | null;
}

const SELECT = `SELECT h.id, h.scope_id AS "scopeId", h.machine, h.agent_id AS "agentId", h.cpu,
    h.memory_mib AS "memoryMiB", h.status, i.id AS "instanceId", coalesce(i.agent_connected, false) AS "isConnected",
    (extract(epoch FROM h.created_at) * 1000)::float8 AS "createdAtMs",
    (extract(epoch FROM now() - h.idle_since) * 1000)::float8 AS "idleForMs",
    (SELECT count(*)::int FROM task_state s WHERE s.instance_id = i.id AND s.last_status <> 'STOPPED') AS tasks
  FROM fargate_hosts h LEFT JOIN container_instances i ON i.agent_id = h.agent_id AND i.status <> 'INACTIVE'`;

export const hostsOfScope = (tx: Pick<ReadTx, "query">, scopeId: number) =>
  tx.query<FleetHost>(`${SELECT} WHERE h.scope_id = $1 ORDER BY h.id`, [scopeId], "fleet-hosts");

export const hostsOfMachine = (tx: Pick<ReadTx, "query">, machine: string) =>
  tx.query<FleetHost>(`${SELECT} WHERE h.machine = $1 ORDER BY h.id`, [machine], "fleet-machine-hosts");

/** Makes the fleet and its cluster where there is none. */
export async function ensureFleet(tx: WriteTx, scopeId: number): Promise<void> {
  const known = await tx.query("SELECT 1 FROM fargate_fleets WHERE scope_id = $1", [scopeId]);
  if (known.length > 0) return;
  const cluster = await createCluster(tx, {
    scopeId,
    name: FLEET_CLUSTER,
    details: {
      settings: [],
      configuration: null,
      serviceConnectDefaults: null,
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
    },
    tags: [],
  });
  await tx.query("INSERT INTO fargate_fleets (scope_id, cluster_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
    scopeId,
    cluster.id,
  ]);
}

/** Fleets without a host are to have one before a task asks. */
export const ringColdFleets = async (tx: WriteTx): Promise<void> => {
  const cold = await tx.query<{ scopeId: number }>(
    `SELECT scope_id AS "scopeId" FROM fargate_fleets f
     WHERE NOT EXISTS (SELECT 1 FROM fargate_hosts h WHERE h.scope_id = f.scope_id AND h.status = 'ACTIVE')`,
  );
  for (const { scopeId } of cold) tx.bell("provisionTasks", String(scopeId));
};

export interface Size {
  readonly cpu: number;
  readonly memoryMiB: number;
}

export interface NewHost extends Size {
  readonly scopeId: number;
  readonly machine: string;
  /** What all hosts of the machine may have together. */
  readonly budget: Size;
}

/** Makes a host with an agent's key of its own. Null when the machine has no room for it: decisions of replicas may cross. */
export async function insertHost(tx: WriteTx, box: SecretBox, host: NewHost): Promise<string | null> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `fargate machine ${host.machine}`,
  ]);
  await ensureFleet(tx, host.scopeId);
  const [used] = await tx.query<Size>(
    `SELECT coalesce(sum(cpu), 0)::int AS cpu, coalesce(sum(memory_mib), 0)::int AS "memoryMiB"
     FROM fargate_hosts WHERE machine = $1`,
    [host.machine],
  );
  const fits =
    (used?.cpu ?? 0) + host.cpu <= host.budget.cpu &&
    (used?.memoryMiB ?? 0) + host.memoryMiB <= host.budget.memoryMiB;
  if (!fits) return null;
  const scope = await scopeOf(tx, host.scopeId);
  const { agentId } = await insertAgent(tx, box, { scope, clusterName: FLEET_CLUSTER });
  const id = newId();
  await tx.query(
    `INSERT INTO fargate_hosts (id, scope_id, machine, agent_id, cpu, memory_mib, status, idle_since)
     VALUES ($1, $2, $3, $4, $5, $6, 'ACTIVE', now())`,
    [id, host.scopeId, host.machine, agentId, host.cpu, host.memoryMiB],
  );
  return id;
}

async function scopeOf(tx: Pick<ReadTx, "query">, scopeId: number): Promise<Scope> {
  const [scope] = await tx.query<Scope>(
    `SELECT id, account_id AS "accountId", region FROM scopes WHERE id = $1`,
    [scopeId],
  );
  if (!scope) throw new Error(`scope ${scopeId} vanished`);
  return scope;
}

export interface HostIdentity {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a host's agent signs with. Null once it was revoked. */
export async function hostIdentity(
  db: Pick<Db, "query">,
  box: SecretBox,
  agentId: string,
): Promise<HostIdentity | null> {
  const [row] = await db.query<{ region: string; accessKeyId: string; sealedSecret: string }>(
    `SELECT s.region, k.access_key_id AS "accessKeyId", k.sealed_secret AS "sealedSecret"
     FROM agents a JOIN scopes s ON s.id = a.scope_id JOIN access_keys k ON k.agent_id = a.id
     WHERE a.id = $1 AND a.revoked_at IS NULL`,
    [agentId],
  );
  const secretAccessKey = row && box.open(row.sealedSecret, row.accessKeyId);
  return row && secretAccessKey
    ? { region: row.region, accessKeyId: row.accessKeyId, secretAccessKey }
    : null;
}

/** Ends a host that has no tasks: its key is refused and its instance deregistered. False while it has some. */
export async function retireHost(tx: WriteTx, hostId: string): Promise<boolean> {
  const [host] = await tx.query<{ agentId: string }>(
    `SELECT agent_id AS "agentId" FROM fargate_hosts WHERE id = $1 AND status = 'ACTIVE' FOR UPDATE`,
    [hostId],
  );
  if (!host) return false;
  // Held, so that nothing is placed on it between the question and the end.
  const busy = await tx.query(
    `WITH i AS (SELECT id FROM container_instances WHERE agent_id = $1 AND status <> 'INACTIVE' FOR UPDATE)
     SELECT 1 FROM task_state s JOIN i ON i.id = s.instance_id WHERE s.last_status <> 'STOPPED' LIMIT 1`,
    [host.agentId],
  );
  if (busy.length > 0) return false;
  await revokeAgent(tx, host.agentId);
  await tx.query("UPDATE fargate_hosts SET status = 'RETIRED' WHERE id = $1", [hostId]);
  return true;
}

/** Once its process has ended. What it held may be what tasks of any account wait for. */
export async function forgetHost(tx: WriteTx, hostId: string): Promise<void> {
  const gone = await tx.query("DELETE FROM fargate_hosts WHERE id = $1 AND status = 'RETIRED' RETURNING 1", [
    hostId,
  ]);
  if (gone.length === 0) return;
  const waiting = await tx.query<{ scopeId: number }>(
    `SELECT DISTINCT t.scope_id AS "scopeId" FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.last_status = 'PROVISIONING' AND s.instance_id IS NULL`,
  );
  for (const { scopeId } of waiting) tx.bell("provisionTasks", String(scopeId));
}

/** Writes down since when each of the machine's hosts has had nothing to do. */
export const noteIdleHosts = (db: Pick<Db, "query">, hosts: readonly FleetHost[]) => {
  const changed = hosts.filter(({ tasks, idleForMs }) => (tasks === 0) !== (idleForMs !== null));
  if (changed.length === 0) return Promise.resolve([]);
  return db.query(
    `UPDATE fargate_hosts h SET idle_since = CASE WHEN n.idle THEN now() END
     FROM unnest($1::text[], $2::boolean[]) AS n(id, idle) WHERE h.id = n.id`,
    [changed.map(({ id }) => id), changed.map(({ tasks }) => tasks === 0)],
  );
};
