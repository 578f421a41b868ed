import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlacementInstance, PlacementTask, place } from "./place.ts";
import { anInstance, countBy, decide, machines, many } from "./place-builders.ts";

const arbPorts = fc.array(
  fc.record({
    protocol: fc.constantFrom("tcp" as const, "udp" as const),
    port: fc.integer({ min: 80, max: 84 }),
  }),
  { maxLength: 2 },
);
const arbStrategy = fc.array(
  fc.constantFrom(
    { type: "random" as const },
    { type: "spread" as const, field: "instanceId" },
    { type: "spread" as const, field: "attribute:zone" },
    { type: "binpack" as const, field: "cpu" },
    { type: "binpack" as const, field: "memory" },
  ),
  { maxLength: 3 },
);
const arbConstraints = fc.array(
  fc.constantFrom(
    { type: "distinctInstance" as const },
    { type: "memberOf" as const, expression: "attribute:zone in [a, b]" },
    { type: "memberOf" as const, expression: "not(task:group == g1)" },
  ),
  { maxLength: 1 },
);
const arbTasks = fc
  .array(
    fc.record({
      group: fc.constantFrom("g1", "g2"),
      demand: fc.record({
        cpu: fc.constantFrom(0, 1, 2, 3),
        memoryMiB: fc.constantFrom(0, 1, 2),
        ports: arbPorts,
        gpus: fc.constantFrom(0, 0, 1),
      }),
      requiredAttributes: fc.constantFrom([], [{ name: "ssd" }]),
      constraints: arbConstraints,
      strategy: arbStrategy,
      copies: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 8 },
  )
  .map((specs) =>
    specs.flatMap(({ copies, ...spec }, i) => many(copies, spec).map((t) => ({ ...t, id: `${i}-${t.id}` }))),
  );
const arbInstances = fc
  .array(
    fc.record({
      status: fc.constantFrom("ACTIVE", "ACTIVE", "DRAINING"),
      agentConnected: fc.constantFrom(true, true, false),
      free: fc.record({
        cpu: fc.integer({ min: 0, max: 6 }),
        memoryMiB: fc.integer({ min: 0, max: 6 }),
        gpus: fc.integer({ min: 0, max: 1 }),
      }),
      usedPorts: arbPorts,
      attributes: fc.constantFrom(
        [],
        [{ name: "zone", value: "a" }],
        [
          { name: "zone", value: "c" },
          { name: "ssd", value: null },
        ],
      ),
      taskCountByGroup: fc.constantFrom({}, { g1: 1 }, { g2: 3 }),
    }),
    { maxLength: 6 },
  )
  .map((specs) => specs.map((spec, i) => anInstance({ ...spec, id: `i${i}` })));

/** The instance after the placements; what it holds is recomputed here without the code under test. */
function after(instance: PlacementInstance, tasks: readonly PlacementTask[]) {
  const sum = (pick: (t: PlacementTask) => number) => tasks.reduce((total, t) => total + pick(t), 0);
  return {
    cpu: instance.free.cpu - sum((t) => t.demand.cpu),
    memoryMiB: instance.free.memoryMiB - sum((t) => t.demand.memoryMiB),
    gpus: instance.free.gpus - sum((t) => t.demand.gpus),
    ports: tasks.flatMap((t) => t.demand.ports.map((p) => `${p.protocol}/${p.port}`)),
    usedBefore: instance.usedPorts.map((p) => `${p.protocol}/${p.port}`),
    groups: new Set([...Object.keys(instance.taskCountByGroup), ...tasks.map((t) => t.group)]),
  };
}

const holdsFor = (
  reason: string,
  task: PlacementTask,
  instance: PlacementInstance,
  state: ReturnType<typeof after>,
) => {
  const { demand: wants } = task;
  const names = instance.attributes.map((a) => a.name);
  const ports = wants.ports.map((p) => `${p.protocol}/${p.port}`);
  switch (reason) {
    case "RESOURCE:CPU":
      return wants.cpu > state.cpu;
    case "RESOURCE:MEMORY":
      return wants.memoryMiB > state.memoryMiB;
    case "RESOURCE:GPU":
      return wants.gpus > state.gpus;
    case "RESOURCE:PORTS":
      return (
        new Set(ports).size < ports.length ||
        ports.some((p) => [...state.ports, ...state.usedBefore].includes(p))
      );
    case "ATTRIBUTE":
      return task.requiredAttributes.some((a) => !names.includes(a.name));
    case "AGENT":
      return !instance.agentConnected;
    case "INACTIVE":
      return instance.status !== "ACTIVE";
    case "distinctInstance placement constraint unsatisfied.":
      return state.groups.has(task.group);
    default:
      return state.groups.has("g1") || !instance.attributes.some((a) => a.value === "a");
  }
};

describe("properties", () => {
  const arbBatch = fc.record({ tasks: arbTasks, instances: arbInstances, seed: fc.string() });
  const placedOn = (batch: { tasks: PlacementTask[] }, result: ReturnType<typeof place>, id: string) =>
    batch.tasks.filter((t) => result.placements.some((p) => p.taskId === t.id && p.instanceId === id));

  test("never oversubscribes an instance nor gives a port twice", () => {
    fc.assert(
      fc.property(arbBatch, (batch) => {
        const result = decide(batch.tasks, batch.instances, batch.seed);
        for (const instance of batch.instances) {
          const state = after(instance, placedOn(batch, result, instance.id));
          expect(Math.min(state.cpu, state.memoryMiB, state.gpus)).toBeGreaterThanOrEqual(0);
          expect(new Set(state.ports).size).toBe(state.ports.length);
          expect(state.ports.filter((p) => state.usedBefore.includes(p))).toEqual([]);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("every task is placed once or fails once, equal seeds decide equally, and each reason is true", () => {
    fc.assert(
      fc.property(arbBatch, (batch) => {
        const result = decide(batch.tasks, batch.instances, batch.seed);
        const answered = [...result.placements, ...result.failures].map((r) => r.taskId).sort();
        expect(answered).toEqual(batch.tasks.map((t) => t.id).sort());
        expect(decide(batch.tasks, batch.instances, batch.seed)).toEqual(result);
        for (const failure of result.failures) {
          const instance = batch.instances.find((i) => i.id === failure.instanceId);
          const task = batch.tasks.find((t) => t.id === failure.taskId);
          if (!instance || !task) {
            expect([failure.reason, batch.instances.length]).toEqual(["NO ACTIVE INSTANCES", 0]);
            continue;
          }
          const state = after(instance, placedOn(batch, result, instance.id));
          expect(holdsFor(failure.reason, task, instance, state), failure.reason).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("spread over equal instances differs by at most one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 40 }),
        fc.string(),
        (machineCount, taskCount, seed) => {
          const roomy = machines(machineCount, { free: { cpu: 1e6, memoryMiB: 1e6, gpus: 0 } });
          const strategy = [{ type: "spread" as const, field: "instanceId" }];
          const counts = countBy(
            decide(many(taskCount, { strategy }), roomy, seed).placements.map((p) => p.instanceId),
          );
          const perMachine = roomy.map(({ id }) => counts[id] ?? 0);
          expect(Math.max(...perMachine) - Math.min(...perMachine)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("binpack of equal tasks on equal instances uses the fewest instances", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.string(), (taskCount, seed) => {
        const { placements } = decide(
          many(taskCount, { strategy: [{ type: "binpack", field: "cpu" }] }),
          machines(8),
          seed,
        );
        expect(new Set(placements.map((p) => p.instanceId)).size).toBe(Math.ceil(taskCount / 4));
      }),
    );
  });
});
