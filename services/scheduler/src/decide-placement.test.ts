import type { ContainerInstanceRow } from "@roadstead/db/container-instances";
import type { PlacementSnapshot, PlacingTask } from "@roadstead/db/place-tasks";
import { describe, expect, test } from "vitest";
import { decidePlacement } from "./decide-placement.ts";

const aTask = (over: Partial<PlacingTask> & { id: string }): PlacingTask => ({
  scopeId: 1,
  launchRequestId: "r1",
  launchType: "EC2",
  group: "family:web",
  demand: { cpu: 256, memoryMiB: 100, ports: [], gpus: 0 },
  requiresAttributes: [],
  definitionConstraints: [],
  parameters: { constraints: [], strategy: [], assignments: null },
  expired: false,
  service: null,
  zones: null,
  ...over,
});
const anInstance = (over: Partial<ContainerInstanceRow> & { id: string }): ContainerInstanceRow => ({
  scopeId: 1,
  clusterId: "c",
  agentId: null,
  status: "ACTIVE",
  statusReason: null,
  ec2InstanceId: null,
  versionInfo: {},
  attributes: [],
  tags: [],
  registeredResources: [],
  cpuTotal: 1024,
  memoryTotal: 1000,
  cpuFree: 1024,
  memoryFree: 1000,
  agentConnected: true,
  version: 1,
  registeredAt: new Date(0),
  ...over,
});
const snapshot = (over: Partial<PlacementSnapshot>): PlacementSnapshot => ({
  newestBell: 1,
  tasks: [aTask({ id: "t1" })],
  instances: [anInstance({ id: "i1" })],
  ports: [],
  groupCounts: [],
  ...over,
});
const assigned = (id: string, instanceId: string, over: Partial<PlacingTask> = {}) =>
  aTask({
    id,
    launchRequestId: `start-${id}`,
    parameters: { constraints: [], strategy: [], assignments: { [id]: instanceId } },
    ...over,
  });
const demand = (over: Partial<PlacingTask["demand"]>) => ({
  cpu: 1,
  memoryMiB: 1,
  ports: [],
  gpus: 0,
  ...over,
});

describe("a pass over a cluster", () => {
  test("with nothing to place decides nothing", () => {
    expect(decidePlacement(snapshot({ tasks: [] }))).toEqual({ placements: [], failures: [] });
  });

  test("leaves tasks alone whose request has expired", () => {
    const tasks = [aTask({ id: "t1", expired: true }), aTask({ id: "t2" })];
    expect(decidePlacement(snapshot({ tasks }))).toEqual({
      placements: [{ taskId: "t2", instanceId: "i1" }],
      failures: [],
    });
  });

  test("decides the same for the same snapshot, random strategy or not", () => {
    const instances = Array.from({ length: 8 }, (_, i) => anInstance({ id: `i${i}` }));
    const parameters = { constraints: [], strategy: [{ type: "random" as const }], assignments: null };
    const tasks = Array.from({ length: 8 }, (_, i) => aTask({ id: `t${i}`, parameters }));
    const one = decidePlacement(snapshot({ instances, tasks }));
    expect(decidePlacement(snapshot({ instances, tasks }))).toEqual(one);
    expect(one.placements).toHaveLength(8);
  });

  test("uses what the database says is free and which ports are taken", () => {
    const port = { protocol: "tcp" as const, port: 8080 };
    const tasks = [
      aTask({ id: "cpu", demand: demand({ cpu: 300 }) }),
      aTask({ id: "port", launchRequestId: "r2", demand: demand({ ports: [port] }) }),
      aTask({ id: "udp", launchRequestId: "r3", demand: demand({ ports: [{ ...port, protocol: "udp" }] }) }),
    ];
    const decision = decidePlacement(
      snapshot({
        tasks,
        instances: [anInstance({ id: "i1", cpuFree: 299 })],
        ports: [{ instanceId: "i1", taskId: null, ...port }],
      }),
    );
    expect(decision.placements).toEqual([{ taskId: "udp", instanceId: "i1" }]);
    expect(decision.failures.map(({ taskId, reason }) => [taskId, reason])).toEqual([
      ["cpu", "RESOURCE:CPU"],
      ["port", "RESOURCE:PORTS"],
    ]);
  });

  test("obeys constraints of the request and of the definition together", () => {
    const instances = ["a", "b", "c"].map((zone) =>
      anInstance({
        id: zone,
        attributes: [{ name: "zone", value: zone }, ...(zone === "c" ? [] : [{ name: "ssd" }])],
      }),
    );
    const memberOf = (expression: string) => ({ type: "memberOf" as const, expression });
    const task = aTask({
      id: "t1",
      definitionConstraints: [memberOf("attribute:ssd exists")],
      parameters: { constraints: [memberOf("attribute:zone in [b, c]")], strategy: [], assignments: null },
    });
    expect(decidePlacement(snapshot({ tasks: [task], instances })).placements).toEqual([
      { taskId: "t1", instanceId: "b" },
    ]);
  });

  test("requires the attributes that the definition needs", () => {
    const requiresAttributes = [{ name: "com.amazonaws.ecs.capability.privileged-container" }];
    const decision = decidePlacement(snapshot({ tasks: [aTask({ id: "t1", requiresAttributes })] }));
    expect(decision.failures).toMatchObject([{ taskId: "t1", reason: "ATTRIBUTE", instanceId: "i1" }]);
  });

  test("gives EXTERNAL tasks to machines that joined from outside only", () => {
    const outside = anInstance({ id: "out", attributes: [{ name: "ecs.capability.external" }] });
    const tasks = Array.from({ length: 3 }, (_, i) => aTask({ id: `t${i}`, launchType: "EXTERNAL" }));
    const decision = decidePlacement(snapshot({ tasks, instances: [anInstance({ id: "in" }), outside] }));
    expect(decision.placements.map(({ instanceId }) => instanceId)).toEqual(["out", "out", "out"]);
    const none = decidePlacement(snapshot({ tasks }));
    expect(none.failures.map(({ reason }) => reason)).toEqual(["ATTRIBUTE", "ATTRIBUTE", "ATTRIBUTE"]);
  });

  test("spreads away from where the group runs already", () => {
    const parameters = {
      constraints: [],
      strategy: [{ type: "spread" as const, field: "instanceId" }],
      assignments: null,
    };
    const decision = decidePlacement(
      snapshot({
        tasks: [aTask({ id: "t1", parameters })],
        instances: [anInstance({ id: "i1" }), anInstance({ id: "i2" })],
        groupCounts: [{ instanceId: "i1", group: "family:web", count: 3 }],
      }),
    );
    expect(decision.placements).toEqual([{ taskId: "t1", instanceId: "i2" }]);
  });
});

describe("a task that names its instance", () => {
  test("goes there whatever its definition's constraints, or says why not", () => {
    const definitionConstraints = [{ type: "memberOf", expression: "attribute:none exists" }];
    const decision = decidePlacement(
      snapshot({
        tasks: [
          assigned("here", "i2", { definitionConstraints }),
          assigned("big", "i2", { demand: demand({ memoryMiB: 5_000 }) }),
          assigned("lost", "unknown"),
          assigned("away", "i3"),
        ],
        instances: [
          anInstance({ id: "i1" }),
          anInstance({ id: "i2" }),
          anInstance({ id: "i3", agentConnected: false }),
        ],
      }),
    );
    expect(decision.placements).toEqual([{ taskId: "here", instanceId: "i2" }]);
    expect(decision.failures.map(({ taskId, reason, instanceId }) => [taskId, reason, instanceId])).toEqual([
      ["big", "RESOURCE:MEMORY", "i2"],
      ["lost", "MISSING", "unknown"],
      ["away", "AGENT", "i3"],
    ]);
  });

  test("takes its room before the scheduler's own choices", () => {
    const decision = decidePlacement(
      snapshot({
        tasks: [aTask({ id: "free", demand: demand({ cpu: 1_000 }) }), assigned("named", "i1")],
      }),
    );
    expect(decision.placements).toEqual([{ taskId: "named", instanceId: "i1" }]);
    expect(decision.failures).toMatchObject([{ taskId: "free", reason: "RESOURCE:CPU" }]);
  });
});
