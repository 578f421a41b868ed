/** Tasks and instances for the tests of placement; a test states only what it is about. */
import { type PlacementInstance, type PlacementTask, place } from "./place.ts";
import { seededRandom } from "./random.ts";

export const aTask = (over: Partial<PlacementTask> & { id: string }): PlacementTask => ({
  group: "family:web",
  demand: { cpu: 256, memoryMiB: 512, ports: [], gpus: 0 },
  requiredAttributes: [],
  constraints: [],
  strategy: [],
  ...over,
});

export const anInstance = (over: Partial<PlacementInstance> & { id: string }): PlacementInstance => ({
  status: "ACTIVE",
  agentConnected: true,
  agentVersion: "1.90.0",
  ec2InstanceId: "i-1",
  registeredAtMs: 0,
  runningTasksCount: 0,
  free: { cpu: 1024, memoryMiB: 2048, gpus: 0 },
  usedPorts: [],
  attributes: [],
  taskCountByGroup: {},
  ...over,
});

export const many = (count: number, over: Partial<PlacementTask> = {}) =>
  Array.from({ length: count }, (_, i) => aTask({ ...over, id: `t${i}` }));
export const machines = (count: number, over: Partial<PlacementInstance> = {}) =>
  Array.from({ length: count }, (_, i) => anInstance({ ...over, id: `i${i}` }));
export const demand = (over: Partial<PlacementTask["demand"]>) => ({
  cpu: 1,
  memoryMiB: 1,
  ports: [],
  gpus: 0,
  ...over,
});
export const decide = (tasks: PlacementTask[], instances: PlacementInstance[], seed = "seed") =>
  place({ tasks, instances, random: seededRandom(seed) });
export function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
