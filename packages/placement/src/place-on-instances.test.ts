import { expect, test } from "vitest";
import type { PlacementInstance } from "./place.ts";
import { type AssignedTask, placeOnInstances } from "./place-on-instances.ts";

const anInstance = (over: Partial<PlacementInstance> & { id: string }): PlacementInstance => ({
  status: "ACTIVE",
  agentConnected: true,
  agentVersion: null,
  ec2InstanceId: null,
  registeredAtMs: 0,
  runningTasksCount: 0,
  free: { cpu: 300, memoryMiB: 300, gpus: 0 },
  usedPorts: [],
  attributes: [],
  taskCountByGroup: {},
  ...over,
});
const aTask = (id: string, instanceId: string): AssignedTask => ({
  id,
  instanceId,
  group: "g",
  demand: { cpu: 200, memoryMiB: 100, ports: [{ protocol: "udp", port: 53 }], gpus: 0 },
  requiredAttributes: [],
  constraints: [{ type: "memberOf", expression: "attribute:never exists" }],
  strategy: [],
});

test("StartTask ignores constraints, checks the rest, and leaves what remains", () => {
  const instances = [
    anInstance({ id: "a" }),
    anInstance({ id: "gone", status: "INACTIVE", agentConnected: false }),
    anInstance({ id: "deaf", agentConnected: false }),
  ];
  const tasks = [
    aTask("1", "a"),
    aTask("2", "a"),
    aTask("3", "gone"),
    aTask("4", "nowhere"),
    aTask("5", "deaf"),
  ];
  const result = placeOnInstances({ tasks, instances });
  expect(result.placements).toEqual([{ taskId: "1", instanceId: "a" }]);
  expect(result.failures.map((f) => [f.taskId, f.reason])).toEqual([
    ["2", "RESOURCE:CPU"],
    ["3", "INACTIVE"],
    ["4", "MISSING"],
    ["5", "AGENT"],
  ]);
  expect(result.instances[0]).toMatchObject({
    free: { cpu: 100, memoryMiB: 200, gpus: 0 },
    usedPorts: [{ protocol: "udp", port: 53 }],
    taskCountByGroup: { g: 1 },
  });
});
