/** What placement reads and what it commits; the scheduler (and later the provisioner) call these two. */
import type { RangePlan } from "@roadstead/model/machine-range";
import type { TaskDemand } from "@roadstead/model/resources";
import type { ContainerObservation, TaskContainer } from "@roadstead/model/task";
import { announceStarts } from "./announce-starts.ts";
import { newestBell, takeBells } from "./bells.ts";
import type { ReadTx, WriteTx } from "./connect.ts";
import {
  type ContainerInstanceRow,
  clusterInstances,
  countInstanceGroups,
  type InstanceGroupCount,
  type InstancePort,
  instancePorts,
  lockContainerInstances,
} from "./container-instances.ts";
import { initialState } from "./initial-state.ts";
import { recordInstanceEvents } from "./instance-events.ts";
import { joinNetworks } from "./join-networks.ts";
import { expireOpenRequests } from "./launch-requests.ts";
import { recordFailures } from "./record-failures.ts";
import type { LaunchFailure, LaunchParameters } from "./schema/task.ts";
import { zonesOf } from "./subnet-zones.ts";
import { insertTaskEvents } from "./transition-tasks.ts";

/** Tasks taken up in one pass; more wait for the next, which follows at once. */
const PLACING_MAX = 1_000;

export interface PlacingTask {
  readonly id: string;
  readonly scopeId: number;
  readonly launchRequestId: string;
  readonly launchType: string;
  readonly group: string;
  readonly demand: TaskDemand;
  readonly requiresAttributes: readonly { readonly name: string; readonly value?: string }[];
  readonly definitionConstraints: readonly { readonly type: string; readonly expression?: string }[];
  readonly parameters: LaunchParameters;
  readonly expired: boolean;
  /** The service it was launched for; null for a task of RunTask. */
  readonly service: { readonly id: string; readonly name: string } | null;
  /** Of the subnets of a task in awsvpc mode; null in every other. */
  readonly zones: readonly string[] | null;
}

export interface PlacementSnapshot {
  readonly newestBell: number;
  readonly tasks: readonly PlacingTask[];
  readonly instances: readonly ContainerInstanceRow[];
  readonly ports: readonly InstancePort[];
  readonly groupCounts: readonly InstanceGroupCount[];
}

/** Definitions are looked up by task: the planner would rather merge all there are, and they only grow in number. */
export async function loadPlacement(tx: ReadTx, clusterId: string): Promise<PlacementSnapshot> {
  const newest = await newestBell(tx, "placeTasks", clusterId);
  const tasks = await tx.query<PlacingTask>(
    `SELECT t.id, t.scope_id AS "scopeId", t.launch_request_id AS "launchRequestId", t.launch_type AS "launchType",
       t.task_group AS "group", t.demand, d.requires_attributes AS "requiresAttributes",
       coalesce(d.definition->'placementConstraints', '[]') AS "definitionConstraints",
       r.parameters, (r.status <> 'OPEN' OR r.deadline < now()) AS expired,
       CASE WHEN v.id IS NOT NULL THEN json_build_object('id', v.id, 'name', v.name) END AS service,
       ${zonesOf("t.network")} AS zones
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     JOIN launch_requests r ON r.id = t.launch_request_id
     LEFT JOIN services v ON v.id = s.service_id
     CROSS JOIN LATERAL (SELECT * FROM task_definitions WHERE id = t.task_definition_id LIMIT 1) d
     WHERE s.cluster_id = $1 AND s.last_status = 'PLACING' ORDER BY s.task_id LIMIT $2`,
    [clusterId, PLACING_MAX],
    "placing-load",
  );
  if (tasks.length === 0) return { newestBell: newest, tasks, instances: [], ports: [], groupCounts: [] };
  const instances = await clusterInstances(tx, clusterId);
  const ports = await instancePorts(
    tx,
    instances.map(({ id }) => id),
  );
  const groupCounts = await countInstanceGroups(tx, clusterId);
  return { newestBell: newest, tasks, instances, ports, groupCounts };
}

export interface PlacementDecision {
  readonly placements: readonly { readonly taskId: string; readonly instanceId: string }[];
  readonly failures: readonly (LaunchFailure & { readonly taskId: string })[];
}

export interface PlacementCommit {
  /** Requests that are answered now: their callers are to be nudged. */
  readonly finishedRequests: readonly string[];
  /** Tasks that are PENDING now. */
  readonly placed: number;
  /** Tasks whose instance had no room any more; they are still PLACING. */
  readonly lostRaces: number;
}

/**
 * Commits a decision. Requests, tasks and instances are locked in this order, each by id; capacity and ports
 * are checked again under the lock, and what no longer fits stays PLACING. Tasks of a request that was closed
 * meanwhile are removed: nothing runs that was answered as failed.
 */
export async function commitPlacement(
  tx: WriteTx,
  clusterId: string,
  snapshot: PlacementSnapshot,
  decision: PlacementDecision,
  ranges?: RangePlan,
): Promise<PlacementCommit> {
  const tasks = new Map(snapshot.tasks.map((task) => [task.id, task]));
  const requestIds = [...new Set(snapshot.tasks.map((task) => task.launchRequestId))];
  const open = await lockOpenRequests(tx, requestIds);
  const closed = requestIds.filter((id) => !open.has(id));
  if (closed.length > 0) await expireOpenRequests(tx, closed);

  const isOpen = ({ taskId }: { taskId: string }) => open.has(tasks.get(taskId)?.launchRequestId ?? "");
  const placing = await lockPlacing(tx, decision.placements.filter(isOpen));
  const wanted = decision.placements.filter(({ taskId }) => placing.has(taskId));
  const fitting = await takeCapacity(tx, wanted, tasks);
  await recordInstanceEvents(
    tx,
    fitting.map(({ instanceId }) => instanceId),
  );
  await assignTasks(tx, fitting, placing, tasks);
  await joinNetworks(tx, fitting, snapshot, ranges);
  await announceStarts(
    tx,
    fitting.flatMap(({ taskId }) => tasks.get(taskId) ?? []),
  );
  await recordFailures(tx, decision.failures.filter(isOpen), tasks);
  const finishedRequests = await finishRequests(tx, [...open]);
  await takeBells(tx, "placeTasks", clusterId, snapshot.newestBell);
  const lostRaces = wanted.length - fitting.length;
  if (lostRaces > 0 || snapshot.tasks.length === PLACING_MAX) tx.bell("placeTasks", clusterId);
  return { finishedRequests, placed: fitting.length, lostRaces };
}

async function lockOpenRequests(tx: WriteTx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM launch_requests WHERE id = ANY($1) AND status = 'OPEN' AND deadline >= now()
     ORDER BY id FOR UPDATE`,
    [ids],
    "requests-lock",
  );
  return new Set(rows.map(({ id }) => id));
}

interface Placing {
  readonly taskId: string;
  readonly version: number;
  readonly containers: readonly ContainerObservation[];
  readonly declared: readonly TaskContainer[];
  readonly scopeId: number;
}

async function lockPlacing(
  tx: WriteTx,
  placements: readonly { readonly taskId: string }[],
): Promise<Map<string, Placing>> {
  const rows = await tx.query<Placing>(
    `SELECT s.task_id AS "taskId", s.version, s.containers, t.containers AS declared, t.scope_id AS "scopeId"
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.task_id = ANY($1) AND s.last_status = 'PLACING' ORDER BY s.task_id FOR UPDATE OF s`,
    [placements.map(({ taskId }) => taskId)],
    "placing-lock",
  );
  return new Map(rows.map((row) => [row.taskId, row]));
}

interface Room {
  cpu: number;
  memoryMiB: number;
  readonly ports: Set<string>;
}

const portKey = (p: { readonly protocol: string; readonly port: number }) => `${p.protocol}/${p.port}`;

/** Takes room on locked instances for as many of the placements as still fit, and answers those. */
export async function takeCapacity(
  tx: WriteTx,
  placements: PlacementDecision["placements"],
  tasks: ReadonlyMap<string, Pick<PlacingTask, "demand">>,
): Promise<PlacementDecision["placements"]> {
  const ids = [...new Set(placements.map(({ instanceId }) => instanceId))];
  if (ids.length === 0) return [];
  const instances = (await lockContainerInstances(tx, ids)).filter(({ status }) => status === "ACTIVE");
  const rooms = new Map<string, Room>(
    instances.map((i) => [i.id, { cpu: i.cpuFree, memoryMiB: i.memoryFree, ports: new Set() }]),
  );
  for (const port of await instancePorts(tx, ids)) rooms.get(port.instanceId)?.ports.add(portKey(port));

  const taken = placements.filter(({ taskId, instanceId }) => {
    const room = rooms.get(instanceId);
    const demand = tasks.get(taskId)?.demand;
    return room !== undefined && demand !== undefined && takeRoom(room, demand);
  });
  await writeRooms(tx, rooms);
  const ports = taken.flatMap(({ taskId, instanceId }) =>
    (tasks.get(taskId)?.demand.ports ?? []).map((port) => ({ ...port, taskId, instanceId })),
  );
  if (ports.length > 0) {
    await tx.query(
      `INSERT INTO instance_ports (instance_id, protocol, port, task_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[])`,
      [
        ports.map((p) => p.instanceId),
        ports.map((p) => p.protocol),
        ports.map((p) => p.port),
        ports.map((p) => p.taskId),
      ],
    );
  }
  return taken;
}

function takeRoom(room: Room, demand: TaskDemand): boolean {
  const keys = demand.ports.map(portKey);
  const fits =
    room.cpu >= demand.cpu && room.memoryMiB >= demand.memoryMiB && keys.every((key) => !room.ports.has(key));
  if (!fits) return false;
  room.cpu -= demand.cpu;
  room.memoryMiB -= demand.memoryMiB;
  for (const key of keys) room.ports.add(key);
  return true;
}

const writeRooms = (tx: WriteTx, rooms: ReadonlyMap<string, Room>) =>
  tx.query(
    `UPDATE container_instances i SET cpu_free = r.cpu, memory_free = r.memory, version = version + 1
     FROM unnest($1::text[], $2::int[], $3::int[]) AS r(id, cpu, memory) WHERE i.id = r.id`,
    [[...rooms.keys()], [...rooms.values()].map((r) => r.cpu), [...rooms.values()].map((r) => r.memoryMiB)],
    "instances-take",
  );

/** PLACING → PENDING on an instance, PROVISIONING while the agent makes it a network: the first state anybody sees, version 1. */
async function assignTasks(
  tx: WriteTx,
  placements: PlacementDecision["placements"],
  placing: ReadonlyMap<string, Placing>,
  tasks: ReadonlyMap<string, PlacingTask>,
): Promise<void> {
  if (placements.length === 0) return;
  const statusOf = (taskId: string) => (tasks.get(taskId)?.zones ? "PROVISIONING" : "PENDING");
  await tx.query(
    `UPDATE task_state s SET last_status = p.status, instance_id = p.instance_id
     FROM unnest($1::text[], $2::text[], $3::text[]) AS p(task_id, instance_id, status) WHERE s.task_id = p.task_id`,
    [
      placements.map((p) => p.taskId),
      placements.map((p) => p.instanceId),
      placements.map((p) => statusOf(p.taskId)),
    ],
    "tasks-assign",
  );
  await insertTaskEvents(
    tx,
    placements.map(({ taskId }) => {
      const task = placing.get(taskId) as Placing;
      return {
        taskId,
        scopeId: task.scopeId,
        after: initialState(statusOf(taskId), task.containers, task.version),
      };
    }),
  );
  for (const { instanceId } of placements) tx.bell("deliver", instanceId);
}

async function finishRequests(tx: WriteTx, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE launch_requests r SET status = 'DONE'
     WHERE r.id = ANY($1) AND r.status = 'OPEN' AND NOT EXISTS (
       SELECT 1 FROM tasks t JOIN task_state s ON s.task_id = t.id
       WHERE t.launch_request_id = r.id AND s.last_status = 'PLACING')
     RETURNING r.id`,
    [ids],
    "requests-finish",
  );
  return rows.map(({ id }) => id);
}
