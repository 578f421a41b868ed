/** Turns a placement snapshot into a decision: `place()` for what the scheduler chooses, fixed instances for StartTask. */
import type { PlacementDecision, PlacementSnapshot, PlacingTask } from "@roadstead/db/place-tasks";
import { type PlacementInstance, type PlacementTask, place } from "@roadstead/placement/place";
import { placeOnInstances } from "@roadstead/placement/place-on-instances";
import { seededRandom } from "@roadstead/placement/random";
import { wantedAttributes } from "@roadstead/placement/wanted-attributes";

/** Equal snapshots give equal decisions: randomness is seeded by the first task of the pass. */
export function decidePlacement(snapshot: PlacementSnapshot): PlacementDecision {
  const waiting = snapshot.tasks.filter((task) => !task.expired);
  const [first] = waiting;
  if (!first) return { placements: [], failures: [] };
  const chosen = waiting.filter((task) => task.parameters.assignments === null);
  const assigned = waiting.filter((task) => task.parameters.assignments !== null);
  const instances = placementInstances(snapshot);
  const explicit = placeOnInstances({
    tasks: assigned.map((task) => ({
      ...placementTask(task),
      instanceId: task.parameters.assignments?.[task.id] ?? "",
    })),
    instances,
  });
  const free = place({
    tasks: chosen.map(placementTask),
    instances: explicit.instances,
    random: seededRandom(first.id),
  });
  return {
    placements: [...explicit.placements, ...free.placements],
    failures: [...explicit.failures, ...free.failures],
  };
}

function placementTask(task: PlacingTask): PlacementTask {
  return {
    id: task.id,
    group: task.group,
    demand: task.demand,
    requiredAttributes: wantedAttributes(task.launchType, task.requiresAttributes),
    constraints: [
      ...task.parameters.constraints,
      ...task.definitionConstraints.map(({ expression }) => ({
        type: "memberOf" as const,
        ...(expression === undefined ? {} : { expression }),
      })),
    ],
    strategy: task.parameters.strategy,
    ...(task.zones ? { zones: task.zones } : {}),
    groupKey: task.launchRequestId,
  };
}

function placementInstances(snapshot: PlacementSnapshot): PlacementInstance[] {
  const ports = Map.groupBy(snapshot.ports, (port) => port.instanceId);
  const counts = Map.groupBy(snapshot.groupCounts, (count) => count.instanceId);
  return snapshot.instances.map((instance) => ({
    id: instance.id,
    status: instance.status,
    agentConnected: instance.agentConnected,
    agentVersion: instance.versionInfo.agentVersion ?? null,
    ec2InstanceId: instance.ec2InstanceId,
    registeredAtMs: instance.registeredAt.getTime(),
    runningTasksCount: (counts.get(instance.id) ?? []).reduce((sum, { count }) => sum + count, 0),
    free: { cpu: instance.cpuFree, memoryMiB: instance.memoryFree, gpus: 0 },
    usedPorts: (ports.get(instance.id) ?? []).map(({ protocol, port }) => ({ protocol, port })),
    attributes: instance.attributes.map(({ name, value }) => ({ name, value: value ?? null })),
    taskCountByGroup: Object.fromEntries(
      (counts.get(instance.id) ?? []).map(({ group, count }) => [group, count]),
    ),
  }));
}
