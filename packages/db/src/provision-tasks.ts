/** What the provisioner reads of one account and region, and what it commits: tasks onto hosts, and what finds none. */
import { NO_CAPACITY } from "@roadstead/model/fargate";
import type { RangePlan } from "@roadstead/model/machine-range";
import type { TaskDemand } from "@roadstead/model/resources";
import type { ContainerObservation } from "@roadstead/model/task";
import { announceStarts } from "./announce-starts.ts";
import { newestBell, takeBells } from "./bells.ts";
import type { ReadTx, WriteTx } from "./connect.ts";
import { type ContainerInstanceRow, clusterInstances } from "./container-instances.ts";
import { type FleetHost, hostsOfScope } from "./fargate-fleets.ts";
import { initialState } from "./initial-state.ts";
import { failToStart } from "./join-networks.ts";
import { type PlacementDecision, takeCapacity } from "./place-tasks.ts";
import type { LaunchParameters } from "./schema/task.ts";
import { insertServiceEvents } from "./service-events.ts";
import { allotInterfaces } from "./task-interfaces.ts";
import { insertTaskEvents, transitionTasks } from "./transition-tasks.ts";

/** Tasks taken up in one pass; more wait for the next, which follows at once. */
const WAITING_MAX = 1_000;

export interface WaitingTask {
  readonly id: string;
  readonly scopeId: number;
  readonly launchRequestId: string;
  readonly demand: TaskDemand;
  readonly requiresAttributes: readonly { readonly name: string; readonly value?: string }[];
  /** As the definition says it, if it does. */
  readonly platform: { readonly cpuArchitecture?: string; readonly operatingSystemFamily?: string } | null;
  readonly parameters: LaunchParameters;
  readonly createdAtMs: number;
  /** The service it was launched for; null for a task of RunTask. */
  readonly service: { readonly id: string; readonly name: string } | null;
}

export interface FleetSnapshot {
  readonly newestBell: number;
  readonly nowMs: number;
  readonly scopeId: number;
  readonly tasks: readonly WaitingTask[];
  readonly hosts: readonly FleetHost[];
  readonly instances: readonly ContainerInstanceRow[];
}

export async function loadFleet(tx: ReadTx, scopeId: number): Promise<FleetSnapshot> {
  const newest = await newestBell(tx, "provisionTasks", String(scopeId));
  const [clock] = await tx.query<{ nowMs: number; clusterId: string | null }>(
    `SELECT (extract(epoch FROM now()) * 1000)::float8 AS "nowMs",
       (SELECT cluster_id FROM fargate_fleets WHERE scope_id = $1) AS "clusterId"`,
    [scopeId],
    "fleet-clock",
  );
  const clusterId = clock?.clusterId ?? null;
  return {
    newestBell: newest,
    nowMs: clock?.nowMs ?? 0,
    scopeId,
    tasks: await waitingTasks(tx, scopeId),
    hosts: await hostsOfScope(tx, scopeId),
    instances: clusterId === null ? [] : await clusterInstances(tx, clusterId),
  };
}

const waitingTasks = (tx: ReadTx, scopeId: number) =>
  tx.query<WaitingTask>(
    `SELECT t.id, t.scope_id AS "scopeId", t.launch_request_id AS "launchRequestId", t.demand,
       d.requires_attributes AS "requiresAttributes", d.definition->'runtimePlatform' AS platform,
       coalesce(r.parameters, '{}') AS parameters,
       (extract(epoch FROM t.created_at) * 1000)::float8 AS "createdAtMs",
       CASE WHEN v.id IS NOT NULL THEN json_build_object('id', v.id, 'name', v.name) END AS service
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     LEFT JOIN launch_requests r ON r.id = t.launch_request_id
     LEFT JOIN services v ON v.id = s.service_id
     CROSS JOIN LATERAL (SELECT * FROM task_definitions WHERE id = t.task_definition_id LIMIT 1) d
     WHERE s.last_status = 'PROVISIONING' AND s.instance_id IS NULL AND t.scope_id = $1 AND t.launch_type = 'FARGATE'
     ORDER BY s.task_id LIMIT $2`,
    [scopeId, WAITING_MAX],
    "fleet-waiting",
  );

export interface ProvisioningDecision {
  readonly placements: PlacementDecision["placements"];
  /** Tasks that no host will take: they stop and say so. */
  readonly hopeless: readonly string[];
  /** When to look again though nothing rings. */
  readonly wakeAtMs: number | null;
}

export interface ProvisioningCommit {
  readonly placed: number;
  readonly stopped: number;
  /** Tasks whose host had no room any more; they still wait. */
  readonly lostRaces: number;
}

/** Commits a decision. Tasks and instances are locked in this order, each by id; room is checked again under the lock. */
export async function commitProvisioning(
  tx: WriteTx,
  snapshot: FleetSnapshot,
  decision: ProvisioningDecision,
  ranges?: RangePlan,
): Promise<ProvisioningCommit> {
  const key = String(snapshot.scopeId);
  const tasks = new Map(snapshot.tasks.map((task) => [task.id, task]));
  const waiting = await lockWaiting(tx, [
    ...decision.placements.map(({ taskId }) => taskId),
    ...decision.hopeless,
  ]);
  const wanted = decision.placements.filter(({ taskId }) => waiting.has(taskId));
  const fitting = await takeCapacity(tx, wanted, tasks);
  await assignHosts(tx, fitting, waiting);
  // A host stands for every zone: the subnets say where the task is.
  const { refused } = await allotInterfaces(
    tx,
    fitting.map(({ taskId }) => ({ taskId, zone: null })),
    ranges,
  );
  await failToStart(tx, refused);
  await announceStarts(
    tx,
    fitting.flatMap(({ taskId }) => tasks.get(taskId) ?? []),
  );
  const stopped = await stopHopeless(
    tx,
    decision.hopeless.flatMap((id) => tasks.get(id) ?? []),
  );
  await takeBells(tx, "provisionTasks", key, snapshot.newestBell);
  const lostRaces = wanted.length - fitting.length;
  if (lostRaces > 0 || snapshot.tasks.length === WAITING_MAX) tx.bell("provisionTasks", key);
  await setTimer(tx, snapshot, decision.wakeAtMs);
  return { placed: fitting.length, stopped, lostRaces };
}

interface LockedWaiting {
  readonly taskId: string;
  readonly scopeId: number;
  readonly version: number;
  readonly containers: readonly ContainerObservation[];
}

async function lockWaiting(
  tx: WriteTx,
  taskIds: readonly string[],
): Promise<ReadonlyMap<string, LockedWaiting>> {
  if (taskIds.length === 0) return new Map();
  const rows = await tx.query<LockedWaiting>(
    `SELECT s.task_id AS "taskId", t.scope_id AS "scopeId", s.version, s.containers
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.task_id = ANY($1) AND s.last_status = 'PROVISIONING' AND s.instance_id IS NULL
     ORDER BY s.task_id FOR UPDATE OF s`,
    [taskIds],
    "fleet-lock-waiting",
  );
  return new Map(rows.map((row) => [row.taskId, row]));
}

/** PROVISIONING → PENDING on a host. */
async function assignHosts(
  tx: WriteTx,
  placements: PlacementDecision["placements"],
  waiting: ReadonlyMap<string, LockedWaiting>,
): Promise<void> {
  if (placements.length === 0) return;
  await tx.query(
    `UPDATE task_state s SET last_status = 'PENDING', instance_id = p.instance_id, version = s.version + 1
     FROM unnest($1::text[], $2::text[]) AS p(task_id, instance_id) WHERE s.task_id = p.task_id`,
    [placements.map((p) => p.taskId), placements.map((p) => p.instanceId)],
    "fleet-assign",
  );
  await insertTaskEvents(
    tx,
    placements.flatMap(({ taskId }) => {
      const task = waiting.get(taskId);
      return task
        ? [
            {
              taskId,
              scopeId: task.scopeId,
              after: initialState("PENDING", task.containers, task.version + 1),
            },
          ]
        : [];
    }),
  );
  for (const { instanceId } of placements) tx.bell("deliver", instanceId);
}

async function stopHopeless(tx: WriteTx, tasks: readonly WaitingTask[]): Promise<number> {
  const stop = { stopCode: "TaskFailedToStart" as const, stoppedReason: NO_CAPACITY };
  const stopped = await transitionTasks(
    tx,
    tasks.map(({ id }) => ({ taskId: id, lastStatus: "STOPPED" as const, stop })),
  );
  const ids = new Set(stopped.map(({ taskId }) => taskId));
  const services = new Map(
    tasks.flatMap(({ id, service }) => (service && ids.has(id) ? [[service.id, service.name] as const] : [])),
  );
  await insertServiceEvents(
    tx,
    [...services].map(([serviceId, name]) => ({
      serviceId,
      message: `(service ${name}) was unable to place a task. Reason: ${NO_CAPACITY}.`,
    })),
  );
  return stopped.length;
}

/** At most one timer a fleet. */
async function setTimer(tx: WriteTx, { scopeId, nowMs }: FleetSnapshot, wakeAtMs: number | null) {
  await tx.query(
    "DELETE FROM bells WHERE kind = 'provisionTasks' AND key = $1 AND not_before > now() AND attempts = 0",
    [String(scopeId)],
    "fleet-timer-clear",
  );
  if (wakeAtMs !== null) tx.bell("provisionTasks", String(scopeId), Math.max(1, Math.ceil(wakeAtMs - nowMs)));
}
