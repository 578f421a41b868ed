import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlacementInstance, type PlacementTask, place } from "./place.ts";
import { seededRandom } from "./random.ts";

const aTask = (over: Partial<PlacementTask> & { id: string }): PlacementTask => ({
  group: "family:web",
  demand: { cpu: 256, memoryMiB: 512, ports: [], gpus: 0 },
  requiredAttributes: [],
  constraints: [],
  strategy: [],
  ...over,
});

const anInstance = (over: Partial<PlacementInstance> & { id: string }): PlacementInstance => ({
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

const many = (count: number, over: Partial<PlacementTask> = {}) =>
  Array.from({ length: count }, (_, i) => aTask({ ...over, id: `t${i}` }));
const machines = (count: number, over: Partial<PlacementInstance> = {}) =>
  Array.from({ length: count }, (_, i) => anInstance({ ...over, id: `i${i}` }));
const demand = (over: Partial<PlacementTask["demand"]>) => ({
  cpu: 1,
  memoryMiB: 1,
  ports: [],
  gpus: 0,
  ...over,
});
const decide = (tasks: PlacementTask[], instances: PlacementInstance[], seed = "seed") =>
  place({ tasks, instances, random: seededRandom(seed) });
function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

describe("a failure says why, and which instance came closest", () => {
  const port = { protocol: "tcp" as const, port: 80 };
  const cases: [string, Partial<PlacementTask>, Partial<PlacementInstance>][] = [
    ["RESOURCE:CPU", { demand: demand({ cpu: 4096 }) }, {}],
    ["RESOURCE:MEMORY", { demand: demand({ memoryMiB: 4096 }) }, {}],
    ["RESOURCE:GPU", { demand: demand({ gpus: 1 }) }, {}],
    ["RESOURCE:PORTS", { demand: demand({ ports: [port] }) }, { usedPorts: [port] }],
    ["RESOURCE:PORTS", { demand: demand({ ports: [port, port] }) }, {}],
    ["ATTRIBUTE", { requiredAttributes: [{ name: "x" }] }, {}],
    [
      "ATTRIBUTE",
      { requiredAttributes: [{ name: "x", value: "1" }] },
      { attributes: [{ name: "x", value: "2" }] },
    ],
    ["AGENT", {}, { agentConnected: false }],
    ["INACTIVE", {}, { status: "DRAINING" }],
    [
      "MemberOf placement constraint unsatisfied.",
      { constraints: [{ type: "memberOf", expression: "attribute:x == y" }] },
      {},
    ],
    [
      "MemberOf placement constraint unsatisfied.",
      { constraints: [{ type: "memberOf", expression: "((" }] },
      {},
    ],
    [
      "distinctInstance placement constraint unsatisfied.",
      { constraints: [{ type: "distinctInstance" }] },
      { taskCountByGroup: { "family:web": 1 } },
    ],
  ];
  test.each(cases)("%s %j", (reason, task, instance) => {
    const { placements, failures } = decide(
      [aTask({ id: "t", ...task })],
      [anInstance({ id: "i", ...instance })],
    );
    expect(placements).toEqual([]);
    expect(failures).toEqual([{ taskId: "t", reason, instanceId: "i", detail: failures[0]?.detail }]);
  });

  test("the instance that passed the most filters is named", () => {
    const full = anInstance({ id: "full", free: { cpu: 0, memoryMiB: 0, gpus: 0 } });
    const away = anInstance({ id: "away", agentConnected: false });
    const { failures } = decide(many(1), [full, away, full]);
    expect(failures).toEqual([{ taskId: "t0", reason: "AGENT", instanceId: "away", detail: null }]);
  });

  test("resources come before attributes, and no instance at all is a reason of its own", () => {
    const task = aTask({ id: "t", demand: demand({ cpu: 9999 }), requiredAttributes: [{ name: "x" }] });
    expect(decide([task], machines(1)).failures[0]?.reason).toBe("RESOURCE:CPU");
    expect(decide([task], []).failures[0]).toMatchObject({ reason: "NO ACTIVE INSTANCES", instanceId: null });
  });
});

describe("a batch sees what it has already given away", () => {
  test("tcp and udp ports are apart, and none is given twice", () => {
    const on = (protocol: "tcp" | "udp") => demand({ ports: [{ protocol, port: 53 }] });
    const tasks = [
      aTask({ id: "a", demand: on("tcp") }),
      aTask({ id: "b", demand: on("udp") }),
      aTask({ id: "c", demand: on("tcp") }),
    ];
    const { placements, failures } = decide(tasks, machines(1));
    expect(placements.map((p) => p.taskId).sort()).toEqual(["a", "b"]);
    expect(failures.map((f) => [f.taskId, f.reason])).toEqual([["c", "RESOURCE:PORTS"]]);
  });

  test("distinctInstance counts tasks of the batch", () => {
    const { placements, failures } = decide(
      many(3, { constraints: [{ type: "distinctInstance" }] }),
      machines(2),
    );
    expect(new Set(placements.map((p) => p.instanceId)).size).toBe(2);
    expect(failures).toHaveLength(1);
  });

  test("anti-affinity to the task's own group holds within the batch", () => {
    const constraints = [{ type: "memberOf" as const, expression: "not(task:group == family:web)" }];
    expect(decide(many(5, { constraints }), machines(3)).placements).toHaveLength(3);
  });

  test("affinity to a group placed earlier in the batch is seen", () => {
    const db = aTask({ id: "db", group: "databases" });
    const near = aTask({
      id: "near",
      constraints: [{ type: "memberOf", expression: "task:group == databases" }],
    });
    const { placements } = decide([db, near], machines(4));
    expect(placements[1]?.instanceId).toBe(placements[0]?.instanceId);
  });

  test("a group key changes nothing but the cost", () => {
    const tasks = many(12);
    const keyed = tasks.map((task, i) => ({ ...task, groupKey: `request-${i % 3}` }));
    expect(decide(keyed, machines(4))).toEqual(decide(tasks, machines(4)));
  });

  test("a group named like a member of every object counts as any other", () => {
    const constraints = [{ type: "distinctInstance" as const }];
    expect(decide(many(2, { group: "constructor", constraints }), machines(2)).placements).toHaveLength(2);
  });
});

describe("strategies", () => {
  const zone = (name: string) => [{ name: "ecs.availability-zone", value: name }];
  const zoned = [
    ...machines(4, { attributes: zone("a") }).map((m) => ({ ...m, id: `a${m.id}` })),
    ...machines(1, { attributes: zone("b") }).map((m) => ({ ...m, id: `b${m.id}` })),
  ];

  test("without a strategy tasks spread over zones first, then over instances", () => {
    const counts = countBy(decide(many(8), zoned).placements.map((p) => p.instanceId));
    expect(counts.bi0).toBe(4);
    expect(["ai0", "ai1", "ai2", "ai3"].map((id) => counts[id])).toEqual([1, 1, 1, 1]);
  });

  test("spread counts what already runs, wherever it runs", () => {
    const full = anInstance({
      id: "full",
      attributes: zone("b"),
      free: { cpu: 0, memoryMiB: 0, gpus: 0 },
      taskCountByGroup: { "family:web": 4 },
    });
    const strategy = [{ type: "spread" as const, field: "attribute:ecs.availability-zone" }];
    const { placements } = decide(many(4, { strategy }), [...zoned, full]);
    expect(placements.every((p) => p.instanceId.startsWith("a"))).toBe(true);
  });

  test("instances without the attribute come last in a spread", () => {
    const strategy = [{ type: "spread" as const, field: "attribute:ecs.availability-zone" }];
    const { placements } = decide(many(5, { strategy }), [
      anInstance({ id: "bare" }),
      anInstance({ id: "a", attributes: zone("a") }),
    ]);
    expect(placements.map((p) => p.instanceId)).toEqual(["a", "a", "a", "a", "bare"]);
  });

  test.each(["cpu", "memory", "CPU"])("binpack by %s fills one instance before the next", (field) => {
    const { placements } = decide(many(8, { strategy: [{ type: "binpack", field }] }), machines(6));
    expect(Object.values(countBy(placements.map((p) => p.instanceId)))).toEqual([4, 4]);
  });

  test("a later strategy breaks the ties of an earlier one", () => {
    const strategy = [
      { type: "spread" as const, field: "attribute:ecs.availability-zone" },
      { type: "binpack" as const, field: "memory" },
    ];
    const counts = countBy(decide(many(8, { strategy }), zoned).placements.map((p) => p.instanceId));
    expect(Object.values(counts)).toEqual([4, 4]);
  });

  test("random gives every instance its share", () => {
    const roomy = machines(4, { free: { cpu: 1e6, memoryMiB: 1e6, gpus: 0 } });
    const { placements } = decide(many(2_000, { strategy: [{ type: "random" }] }), roomy);
    for (const count of Object.values(countBy(placements.map((p) => p.instanceId)))) {
      expect(count).toBeGreaterThan(400);
      expect(count).toBeLessThan(600);
    }
  });
});

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
