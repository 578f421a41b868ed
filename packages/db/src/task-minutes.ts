/** Samples of tasks by the minute: which minutes are over and not made into metrics yet, and what was said in them. */
import type { ClusterMinute, TaskMinute } from "@roadstead/scaling/ecs-minute";
import type { WriteTx } from "./connect.ts";

export interface ClosingMinutes {
  /** Beginnings of the minutes that are over, oldest first. */
  readonly minutes: readonly number[];
  /** What the source is closed to when they are made. */
  readonly closedMs: number;
}

/** Holds the source until the transaction ends, so that one replica makes each minute. Older ones than `keptMs` are given up. */
export async function claimMinutes(
  tx: WriteTx,
  source: string,
  {
    minuteMs,
    settleMs,
    keptMs,
  }: { readonly minuteMs: number; readonly settleMs: number; readonly keptMs: number },
): Promise<ClosingMinutes> {
  const [clock] = await tx.query<{ nowMs: number }>(
    `SELECT floor(extract(epoch FROM now()) * 1000)::float8 AS "nowMs"`,
  );
  const nowMs = clock?.nowMs ?? 0;
  const endMs = Math.floor((nowMs - settleMs) / minuteMs) * minuteMs;
  await tx.query("INSERT INTO metric_sources (source, closed_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
    source,
    endMs,
  ]);
  const [row] = await tx.query<{ closedMs: number }>(
    `SELECT closed_ms::float8 AS "closedMs" FROM metric_sources WHERE source = $1 FOR UPDATE`,
    [source],
  );
  const fromMs = Math.ceil(Math.max(row?.closedMs ?? endMs, endMs - keptMs) / minuteMs) * minuteMs;
  const minutes: number[] = [];
  for (let atMs = fromMs; atMs < endMs; atMs += minuteMs) minutes.push(atMs);
  return { minutes, closedMs: endMs };
}

/** What is closed stays closed, whatever a clock or a shorter minute says afterwards. */
export async function closeMinutes(tx: WriteTx, source: string, closedMs: number): Promise<void> {
  await tx.query("UPDATE metric_sources SET closed_ms = greatest(closed_ms, $2) WHERE source = $1", [
    source,
    closedMs,
  ]);
}

/** Containers' averages in the minute, added up by task. */
export const loadTaskMinute = (tx: WriteTx, startMs: number, endMs: number) =>
  tx.query<TaskMinute>(
    `WITH used AS (
       SELECT task_id, avg(cpu_percent) AS cpu, avg(memory_mib) AS memory FROM task_samples
       WHERE at >= to_timestamp($1::float8 / 1000) AND at < to_timestamp($2::float8 / 1000)
       GROUP BY task_id, container_name
     ), by_task AS (
       SELECT task_id, sum(cpu) AS cpu, sum(memory) AS memory FROM used GROUP BY task_id
     )
     SELECT t.scope_id AS "scopeId", c.name AS cluster, v.name AS service, u.cpu * $3 AS "cpuUsed",
       u.memory AS "memoryUsedMiB", (t.demand ->> 'cpu')::float8 AS "cpuReserved",
       (t.demand ->> 'memoryMiB')::float8 AS "memoryReservedMiB", t.launch_type <> 'FARGATE' AS "onInstance"
     FROM by_task u JOIN tasks t ON t.id = u.task_id JOIN task_state s ON s.task_id = t.id
     JOIN clusters c ON c.id = t.cluster_id LEFT JOIN services v ON v.id = s.service_id`,
    [startMs, endMs, UNITS_OF_CORE / PERCENT],
  );

const UNITS_OF_CORE = 1_024;
const PERCENT = 100;

/** As they stand now: what a cluster reserved a moment ago is known nowhere. */
export const loadClusterMinute = (tx: WriteTx) =>
  tx.query<ClusterMinute>(
    `WITH machines AS (
       SELECT cluster_id, count(*)::int AS instances, sum(cpu_total)::float8 AS cpu, sum(memory_total)::float8 AS memory
       FROM container_instances WHERE status IN ('ACTIVE', 'DRAINING')
         AND cluster_id NOT IN (SELECT cluster_id FROM fargate_fleets) GROUP BY cluster_id
     ), held AS (
       SELECT s.cluster_id, sum((t.demand ->> 'cpu')::float8) AS cpu, sum((t.demand ->> 'memoryMiB')::float8) AS memory
       FROM task_state s JOIN tasks t ON t.id = s.task_id
       WHERE s.last_status <> 'STOPPED' AND s.instance_id IS NOT NULL AND t.launch_type <> 'FARGATE'
       GROUP BY s.cluster_id
     )
     SELECT c.scope_id AS "scopeId", c.name AS cluster, m.instances, m.cpu AS "cpuRegistered",
       m.memory AS "memoryRegisteredMiB", coalesce(h.cpu, 0) AS "cpuReserved",
       coalesce(h.memory, 0) AS "memoryReservedMiB"
     FROM machines m JOIN clusters c ON c.id = m.cluster_id LEFT JOIN held h ON h.cluster_id = m.cluster_id`,
  );

/** What no minute is made of any more. */
export async function forgetSamples(tx: WriteTx, beforeMs: number): Promise<void> {
  await tx.query("DELETE FROM task_samples WHERE at < to_timestamp($1::float8 / 1000)", [beforeMs]);
}
