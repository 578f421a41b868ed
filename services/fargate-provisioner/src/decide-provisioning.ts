/** Decides which waiting tasks go on which hosts, which have waited in vain, and which hosts to add. Pure. */
import type { Size } from "@roadstead/db/fargate-fleets";
import type { FleetSnapshot, ProvisioningDecision, WaitingTask } from "@roadstead/db/provision-tasks";
import { type PlacementInstance, place } from "@roadstead/placement/place";
import { seededRandom } from "@roadstead/placement/random";
import type { RequiredAttribute } from "@roadstead/placement/snapshot";

export interface FleetLimits {
  /** What hosts of this machine may have together; null where none are started. */
  readonly budget: Size | null;
  readonly capacityWaitMs: number;
}

export interface FleetDecision extends ProvisioningDecision {
  /** Hosts that the fleet lacks, by size. */
  readonly newHosts: readonly Size[];
}

export function decideProvisioning(snapshot: FleetSnapshot, limits: FleetLimits): FleetDecision {
  const { placements, unplaced } = placeWaiting(snapshot);
  const hopeless = unplaced.filter(({ task }) => isHopeless(task, snapshot, limits));
  const patient = unplaced.filter((one) => !hopeless.includes(one));
  const deadlines = patient.map(({ task }) => task.createdAtMs + limits.capacityWaitMs);
  return {
    placements,
    hopeless: hopeless.map(({ task }) => task.id),
    wakeAtMs: deadlines.length === 0 ? null : Math.min(...deadlines),
    newHosts: lackingHosts(snapshot, limits, patient),
  };
}

interface Unplaced {
  readonly task: WaitingTask;
  readonly reason: string;
}

/** Full hosts are filled first, so that others can be given up. */
function placeWaiting({ tasks, instances, hosts }: FleetSnapshot) {
  const [first] = tasks;
  if (!first) return { placements: [], unplaced: [] };
  const active = new Set(
    hosts.filter(({ status }) => status === "ACTIVE").map(({ instanceId }) => instanceId),
  );
  const result = place({
    tasks: tasks.map((task) => ({
      id: task.id,
      group: "fargate",
      demand: task.demand,
      requiredAttributes: hostAttributes(task),
      constraints: [],
      strategy: [{ type: "binpack", field: "memory" }],
      groupKey: task.launchRequestId,
    })),
    instances: instances.filter(({ id }) => active.has(id)).map(placementInstance),
    random: seededRandom(first.id),
  });
  const reasons = new Map(result.failures.map(({ taskId, reason }) => [taskId, reason]));
  const unplaced = tasks.flatMap((task): Unplaced[] => {
    const reason = reasons.get(task.id);
    return reason === undefined ? [] : [{ task, reason }];
  });
  return { placements: result.placements, unplaced };
}

/** What needs nothing of a host: its disk has room for any ephemeral storage, and a task's own address has all ports. */
const GIVEN = new Set([
  "ecs.capability.extensible-ephemeral-storage",
  "ecs.capability.network.container-port-range",
]);

/** What tasks run on must be what they were built for. */
const hostAttributes = ({ requiresAttributes, platform }: WaitingTask): readonly RequiredAttribute[] => [
  ...requiresAttributes.filter(({ name }) => !GIVEN.has(name)),
  ...(platform?.cpuArchitecture
    ? [{ name: "ecs.cpu-architecture", value: platform.cpuArchitecture.toLowerCase() }]
    : []),
  ...(platform?.operatingSystemFamily
    ? [{ name: "ecs.os-type", value: platform.operatingSystemFamily === "LINUX" ? "linux" : "windows" }]
    : []),
];

const placementInstance = (instance: FleetSnapshot["instances"][number]): PlacementInstance => ({
  id: instance.id,
  status: instance.status,
  agentConnected: instance.agentConnected,
  agentVersion: instance.versionInfo.agentVersion ?? null,
  ec2InstanceId: null,
  registeredAtMs: instance.registeredAt.getTime(),
  runningTasksCount: 0,
  free: { cpu: instance.cpuFree, memoryMiB: instance.memoryFree, gpus: 0 },
  usedPorts: [],
  attributes: instance.attributes.map(({ name, value }) => ({ name, value: value ?? null })),
  taskCountByGroup: {},
});

const holds = (size: Size, demand: Size) => size.cpu >= demand.cpu && size.memoryMiB >= demand.memoryMiB;

/** It has waited long enough, or is larger than any host could ever be. */
function isHopeless(task: WaitingTask, { nowMs, hosts }: FleetSnapshot, limits: FleetLimits): boolean {
  const possible = limits.budget ? [...hosts, limits.budget] : hosts;
  const isTooLarge = possible.length > 0 && !possible.some((size) => holds(size, task.demand));
  return isTooLarge || nowMs - task.createdAtMs >= limits.capacityWaitMs;
}

/** Half of what there is, so that the first host leaves room for a second fleet, and a larger task for a host of its own. */
export const standardSize = ({ cpu, memoryMiB }: Size): Size => ({
  cpu: Math.max(1, Math.floor(cpu / 2)),
  memoryMiB: Math.max(1, Math.floor(memoryMiB / 2)),
});

/** Hosts that have not come up yet will take what they have room for; a fleet without any gets its first before a task asks. */
function lackingHosts(
  { hosts }: FleetSnapshot,
  { budget }: FleetLimits,
  waiting: readonly Unplaced[],
): readonly Size[] {
  if (!budget) return [];
  const standard = standardSize(budget);
  const active = hosts.filter(({ status }) => status === "ACTIVE");
  const coming = active
    .filter(({ isConnected }) => !isConnected)
    .map(({ cpu, memoryMiB }) => ({ cpu, memoryMiB }));
  const added: { cpu: number; memoryMiB: number }[] = [];
  const lacking: Size[] = [];
  // A host more would lack the same attributes.
  for (const { task } of waiting.filter(({ reason }) => reason !== "ATTRIBUTE")) {
    const { demand } = task;
    const room = [...coming, ...added].find((size) => holds(size, demand));
    if (room) take(room, demand);
    else {
      const size = {
        cpu: Math.max(standard.cpu, demand.cpu),
        memoryMiB: Math.max(standard.memoryMiB, demand.memoryMiB),
      };
      lacking.push({ ...size });
      take(size, demand);
      added.push(size);
    }
  }
  return active.length === 0 && lacking.length === 0 ? [standard] : lacking;
}

function take(room: { cpu: number; memoryMiB: number }, demand: Size): void {
  room.cpu -= demand.cpu;
  room.memoryMiB -= demand.memoryMiB;
}
