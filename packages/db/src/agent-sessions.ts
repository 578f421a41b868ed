/**
 * Sockets of agents: who holds one, in which epoch, and what was delivered in it. The gateway is the only
 * writer. Everything here says "unless a newer socket came": the epoch decides.
 */
import type { VersionInfo } from "@roadstead/model/container-instance";
import type { Db, ReadTx, WriteTx } from "./connect.ts";
import { lockContainerInstances } from "./container-instances.ts";
import { recordInstanceEvents } from "./instance-events.ts";
import { bellWaitingServices } from "./service-bells.ts";
import { IS_DRAINING } from "./task-targets.ts";

export interface Session {
  readonly instanceId: string;
  readonly epoch: number;
}

/** Opens a session: raises the epoch, so that the newest socket wins, and marks the agent connected. */
export async function openSession(
  tx: WriteTx,
  session: { readonly instanceId: string; readonly gatewayId: string; readonly versionInfo: VersionInfo },
): Promise<Session> {
  const { instanceId, gatewayId } = session;
  await lockTasksOf(tx, instanceId);
  // Held so that an assignment being committed is either seen by the first delivery or sees this session.
  await lockContainerInstances(tx, [instanceId]);
  const [row] = await tx.query<{ epoch: string }>(
    `INSERT INTO agent_sessions (instance_id, gateway_id, epoch) VALUES ($1, $2, 1)
     ON CONFLICT (instance_id) DO UPDATE SET gateway_id = $2, epoch = agent_sessions.epoch + 1,
       connected_at = now(), alive_at = now(), disconnected_at = NULL
     RETURNING epoch`,
    [instanceId, gatewayId],
  );
  await tx.query(
    `UPDATE container_instances SET agent_connected = true, version = version + 1, version_info = version_info || $2
     WHERE id = $1`,
    [instanceId, JSON.stringify(session.versionInfo)],
  );
  await recordInstanceEvents(tx, [instanceId]);
  await setConnectivity(tx, instanceId, "CONNECTED");
  await bellWaitingServices(tx, instanceId);
  return { instanceId, epoch: Number(row?.epoch) };
}

/** Closes a session unless a newer one has taken over. */
export async function closeSession(tx: WriteTx, { instanceId, epoch }: Session): Promise<boolean> {
  await lockTasksOf(tx, instanceId);
  await lockContainerInstances(tx, [instanceId]);
  const rows = await tx.query(
    `UPDATE agent_sessions SET disconnected_at = now()
     WHERE instance_id = $1 AND epoch = $2 AND disconnected_at IS NULL RETURNING 1`,
    [instanceId, epoch],
  );
  if (rows.length === 0) return false;
  await tx.query(
    "UPDATE container_instances SET agent_connected = false, version = version + 1 WHERE id = $1",
    [instanceId],
  );
  await recordInstanceEvents(tx, [instanceId]);
  await setConnectivity(tx, instanceId, "DISCONNECTED");
  await tx.query("DELETE FROM bells WHERE kind = 'deliver' AND key = $1", [instanceId]);
  return true;
}

/** Tasks before instances, each by id: the order of every writer. A task placed meanwhile has no connectivity yet. */
const lockTasksOf = (tx: WriteTx, instanceId: string) =>
  tx.query(
    `SELECT 1 FROM task_state WHERE instance_id = $1 AND last_status <> 'STOPPED' AND connectivity IS NOT NULL
     ORDER BY task_id FOR UPDATE`,
    [instanceId],
    "session-lock-tasks",
  );

async function setConnectivity(
  tx: WriteTx,
  instanceId: string,
  to: "CONNECTED" | "DISCONNECTED",
): Promise<void> {
  // A task that no agent has heard of yet has no connectivity to lose.
  await tx.query(
    `WITH changed AS (
       UPDATE task_state SET connectivity = $2, connectivity_at = now(), version = version + 1
       WHERE instance_id = $1 AND last_status <> 'STOPPED' AND connectivity IS NOT NULL AND connectivity <> $2
       RETURNING *
     )
     INSERT INTO events (scope_id, kind, object_id, version, detail)
     SELECT t.scope_id, 'task', c.task_id, c.version, jsonb_build_object('desiredStatus', c.desired_status,
       'lastStatus', c.last_status, 'connectivity', $2::text, 'healthStatus', c.health_status,
       'containers', c.containers, 'stopCode', c.stop_code, 'stoppedReason', c.stopped_reason)
     FROM changed c JOIN tasks t ON t.id = c.task_id`,
    [instanceId, to],
  );
}

/** Says that this gateway's sockets live; answers those that a newer socket elsewhere replaced. */
export async function keepSessionsAlive(
  db: Pick<Db, "query">,
  gatewayId: string,
  sessions: readonly Session[],
): Promise<readonly string[]> {
  const rows = await db.query<{ instanceId: string }>(
    `WITH mine AS (SELECT * FROM unnest($2::text[], $3::int8[]) AS m(instance_id, epoch)),
     alive AS (
       UPDATE agent_sessions s SET alive_at = now() FROM mine m
       WHERE s.instance_id = m.instance_id AND s.epoch = m.epoch AND s.gateway_id = $1 AND s.disconnected_at IS NULL
       RETURNING s.instance_id
     )
     SELECT instance_id AS "instanceId" FROM mine WHERE instance_id NOT IN (SELECT instance_id FROM alive)`,
    [gatewayId, sessions.map((s) => s.instanceId), sessions.map((s) => s.epoch)],
  );
  return rows.map(({ instanceId }) => instanceId);
}

/** Sessions whose gateway has been silent for too long: it died with them. */
export async function silentSessions(
  db: Pick<Db, "query">,
  silentForMs: number,
): Promise<readonly Session[]> {
  const rows = await db.query<{ instanceId: string; epoch: string }>(
    `SELECT instance_id AS "instanceId", epoch FROM agent_sessions
     WHERE disconnected_at IS NULL AND alive_at < now() - make_interval(secs => $1::float8 / 1000) LIMIT 100`,
    [silentForMs],
  );
  return rows.map(({ instanceId, epoch }) => ({ instanceId, epoch: Number(epoch) }));
}

/** Instances of this gateway with something to deliver: the safety net below the bells. */
export async function undeliveredInstances(
  db: Pick<Db, "query">,
  gatewayId: string,
): Promise<readonly string[]> {
  const rows = await db.query<{ instanceId: string }>(
    `SELECT a.instance_id AS "instanceId" FROM agent_sessions a
     WHERE a.gateway_id = $1 AND a.disconnected_at IS NULL AND EXISTS (
       SELECT 1 FROM task_state s WHERE s.instance_id = a.instance_id AND s.last_status <> 'STOPPED'
         AND s.delivered_epoch IS DISTINCT FROM a.epoch AND NOT ${IS_DRAINING})`,
    [gatewayId],
    "undelivered",
  );
  return rows.map(({ instanceId }) => instanceId);
}

/** Reserves the next `count` sequence numbers of an instance; answers the first. Null when the session is over. */
export async function takeSequence(
  tx: Pick<ReadTx, "query">,
  { instanceId, epoch }: Session,
  count: number,
): Promise<number | null> {
  const [row] = await tx.query<{ sequence: string }>(
    `UPDATE agent_sessions SET sequence = sequence + $3
     WHERE instance_id = $1 AND epoch = $2 AND disconnected_at IS NULL RETURNING sequence`,
    [instanceId, epoch, count],
    "session-sequence",
  );
  return row ? Number(row.sequence) - count + 1 : null;
}

/**
 * The agent has taken these assignments: the task's connectivity is known from here on. Rows are locked in the
 * order of every writer, or a batch would deadlock with reports about the same tasks. A late acknowledgement
 * from an older socket never hides a newer one's.
 */
export async function markDelivered(
  db: Pick<Db, "query">,
  session: Session,
  acknowledged: readonly { readonly taskId: string; readonly desiredStatus: string }[],
): Promise<void> {
  await db.query(
    `WITH held AS (
       SELECT s.task_id FROM task_state s
       JOIN unnest($3::text[], $4::text[]) AS a(task_id, desired_status)
         ON s.task_id = a.task_id AND s.desired_status = a.desired_status
       WHERE s.instance_id = $1 ORDER BY s.task_id FOR UPDATE OF s
     )
     UPDATE task_state s SET delivered_epoch = greatest(s.delivered_epoch, $2), connectivity = coalesce(s.connectivity, 'CONNECTED'),
       connectivity_at = coalesce(s.connectivity_at, now())
     FROM held WHERE s.task_id = held.task_id`,
    [
      session.instanceId,
      session.epoch,
      acknowledged.map(({ taskId }) => taskId),
      acknowledged.map(({ desiredStatus }) => desiredStatus),
    ],
    "mark-delivered",
  );
}

export interface ContainerMetric {
  readonly taskId: string;
  readonly containerName: string;
  readonly cpuPercent: number | null;
  readonly memoryMiB: number | null;
}

/**
 * Keeps the newest utilisation, which an older epoch or time never overwrites, and each sample until its minute is
 * made into metrics.
 */
export async function recordMetrics(
  db: Pick<Db, "query">,
  session: Session,
  at: Date,
  metrics: readonly ContainerMetric[],
): Promise<void> {
  await db.query(
    `WITH given AS (
       SELECT m.* FROM unnest($4::text[], $5::text[], $6::float8[], $7::float8[]) AS m(task_id, name, cpu, memory)
       JOIN task_state s ON s.task_id = m.task_id AND s.instance_id = $1
     ), sampled AS (
       INSERT INTO task_samples (task_id, container_name, at, cpu_percent, memory_mib)
       SELECT task_id, name, now(), cpu, memory FROM given ON CONFLICT DO NOTHING
     )
     INSERT INTO task_metrics (task_id, container_name, epoch, at, cpu_percent, memory_mib)
     SELECT task_id, name, $2, $3, cpu, memory FROM given
     ON CONFLICT (task_id, container_name) DO UPDATE SET epoch = excluded.epoch, at = excluded.at,
       cpu_percent = excluded.cpu_percent, memory_mib = excluded.memory_mib
     WHERE (task_metrics.epoch, task_metrics.at) < (excluded.epoch, excluded.at)`,
    [
      session.instanceId,
      session.epoch,
      at,
      metrics.map((m) => m.taskId),
      metrics.map((m) => m.containerName),
      metrics.map((m) => m.cpuPercent) as unknown as number[],
      metrics.map((m) => m.memoryMiB) as unknown as number[],
    ],
  );
}
