/** Prints how long `place()` takes for a thousand tasks on clusters of growing size; run with `node bench/placement.ts`. */
import { type PlacementInstance, type PlacementTask, place } from "../packages/placement/src/place.ts";
import { seededRandom } from "../packages/placement/src/random.ts";

const ROUNDS = 3;
const TASKS = 1_000;
const ZONES = ["a", "b", "c"];

const STRATEGIES: Readonly<Record<string, Partial<PlacementTask>>> = {
  default: {},
  random: { strategy: [{ type: "random" }] },
  "spread instanceId": { strategy: [{ type: "spread", field: "instanceId" }] },
  "spread zone, binpack memory": {
    strategy: [
      { type: "spread", field: "attribute:ecs.availability-zone" },
      { type: "binpack", field: "memory" },
    ],
  },
  memberOf: {
    constraints: [
      { type: "memberOf", expression: "attribute:ecs.instance-type =~ m5.* and not(task:group == db)" },
    ],
  },
  distinctInstance: { constraints: [{ type: "distinctInstance" }] },
};

const instancesOf = (count: number): PlacementInstance[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `instance-${i}`,
    status: "ACTIVE",
    agentConnected: true,
    agentVersion: "1.90.0",
    ec2InstanceId: `i-${i}`,
    registeredAtMs: i,
    runningTasksCount: i % 5,
    free: { cpu: 4_096, memoryMiB: 16_384, gpus: 0 },
    usedPorts: [{ protocol: "tcp", port: 22 }],
    attributes: [
      { name: "ecs.availability-zone", value: ZONES[i % ZONES.length] ?? null },
      { name: "ecs.instance-type", value: i % 2 ? "m5.large" : "m5.xlarge" },
      ...Array.from({ length: 25 }, (_, n) => ({ name: `com.amazonaws.ecs.capability.${n}`, value: null })),
    ],
    taskCountByGroup: { "service:other": i % 5 },
  }));

const tasksOf = (over: Partial<PlacementTask>, groups: number): PlacementTask[] =>
  Array.from({ length: TASKS }, (_, i) => ({
    id: `task-${i}`,
    group: `service:web-${i % groups}`,
    demand: { cpu: 256, memoryMiB: 512, ports: [], gpus: 0 },
    requiredAttributes: [{ name: "com.amazonaws.ecs.capability.7" }],
    constraints: [],
    strategy: [],
    ...over,
  }));

function medianMs(run: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

console.log(`place(): ${TASKS} tasks, median of ${ROUNDS}`);
console.log("| strategy | instances | groups of equal tasks | placed | ms |");
console.log("|---|---|---|---|---|");
for (const [name, over] of Object.entries(STRATEGIES)) {
  for (const [count, groups] of [
    [100, 1],
    [5_000, 1],
    [5_000, 20],
    [5_000, 1_000],
  ] as const) {
    const instances = instancesOf(count);
    const tasks = tasksOf(over, groups);
    let placed = 0;
    const ms = medianMs(() => {
      placed = place({ tasks, instances, random: seededRandom(name) }).placements.length;
    });
    console.log(`| ${name} | ${count} | ${groups} | ${placed} | ${ms.toFixed(1)} |`);
  }
}
