import { describe, expect, test } from "vitest";
import type { PlacementInstance, PlacementTask } from "./place.ts";
import { anInstance, aTask, countBy, decide, demand, machines, many } from "./place-builders.ts";

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

describe("a task with an address of its own", () => {
  const inZone = (zone: string) => ({ attributes: [{ name: "ecs.availability-zone", value: zone }] });
  const instances = [
    anInstance({ id: "a", ...inZone("zone-a") }),
    anInstance({ id: "b", ...inZone("zone-b") }),
  ];

  test("goes where one of its subnets is, though it is otherwise equal to tasks that may go anywhere", () => {
    const pinned = [1, 2, 3].map((n) => aTask({ id: `pinned${n}`, zones: ["zone-b"] }));
    const { placements } = decide([aTask({ id: "free" }), ...pinned], instances);
    expect(placements.filter(({ taskId }) => taskId !== "free").map(({ instanceId }) => instanceId)).toEqual([
      "b",
      "b",
      "b",
    ]);
  });

  test("is told when no instance is there", () => {
    const { failures } = decide([aTask({ id: "t", zones: ["zone-c"] })], instances);
    expect(failures).toMatchObject([{ reason: "LOCATION", instanceId: "a" }]);
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
