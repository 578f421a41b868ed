import type { LoadedService, LoadedServiceTask } from "@roadstead/db/load-service";
import type { TaskTarget } from "@roadstead/db/task-targets";
import type { ReconcileDecision } from "@roadstead/deployment/service-snapshot";
import { describe, expect, test } from "vitest";
import { balance, tasksBehindBalancers } from "./balanced-tasks.ts";

const ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";
const aTask = (id: string, over: Partial<LoadedServiceTask> = {}): LoadedServiceTask => ({
  id,
  deploymentId: "ecs-svc/1",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  health: "UNKNOWN",
  startedAtMs: 0,
  createdAtMs: 0,
  instanceId: "i",
  ...over,
});
const target = (taskId: string, over: Partial<TaskTarget> = {}): TaskTarget => ({
  taskId,
  targetGroupId: "0123456789abcdef",
  state: "registered",
  exists: true,
  health: "healthy",
  ...over,
});
const address = (taskId: string, hostPort = 32768) => ({
  taskId,
  machineId: "i-1",
  privateIp: null,
  containers: [{ name: "app", networkBindings: [{ containerPort: 80, hostPort }] }],
});
const loaded = (over: Partial<LoadedService>): LoadedService =>
  ({
    nowMs: 1_000,
    name: "web",
    details: { loadBalancers: [{ targetGroupArn: ARN, containerName: "app", containerPort: 80 }] },
    deployments: [{ id: "ecs-svc/1", definition: { containerDefinitions: [{ essential: true }] } }],
    tasks: [],
    targets: [],
    unregistered: [],
    ...over,
  }) as unknown as LoadedService;
const decision = (stops: string[] = [], wakeAtMs: number | null = null) =>
  ({
    messages: [],
    stops: stops.map((taskId) => ({ taskId, reason: "scaling" })),
    wakeAtMs,
  }) as unknown as ReconcileDecision;
const seen = (service: LoadedService) => tasksBehindBalancers(service)[0];

describe("a task behind a load balancer", () => {
  test.each([
    ["healthy", "HEALTHY"],
    ["unhealthy", "UNHEALTHY"],
    ["initial", "UNKNOWN"],
    [null, "UNKNOWN"],
  ] as const)("whose target is %s counts as %s", (health, expected) => {
    const service = loaded({ tasks: [aTask("t")], targets: [target("t", { health })] });
    expect(seen(service)).toMatchObject({ health: expected, desiredStatus: "RUNNING" });
  });

  test("is as healthy as the worst of its groups and containers", () => {
    const targets = [target("t"), target("t", { targetGroupId: "b", health: "unhealthy" })];
    expect(seen(loaded({ tasks: [aTask("t")], targets }))?.health).toBe("UNHEALTHY");
    const checked = [
      { id: "ecs-svc/1", definition: { containerDefinitions: [{ essential: true, healthCheck: {} }] } },
    ] as unknown as LoadedService["deployments"];
    const service = loaded({ tasks: [aTask("t")], targets: [target("t")], deployments: checked });
    expect(seen(service)?.health).toBe("UNKNOWN");
  });

  test("that drains counts as going, and one that no group can reach is judged by itself", () => {
    const draining = loaded({ tasks: [aTask("t")], targets: [target("t", { state: "draining" })] });
    expect(seen(draining)?.desiredStatus).toBe("STOPPED");
    const unreachable = loaded({ tasks: [aTask("t")], unregistered: [{ ...address("t"), containers: [] }] });
    expect(seen(unreachable)?.health).toBe("HEALTHY");
  });

  test("is registered by the host port its container got, once it runs, and looked at again soon", () => {
    const service = loaded({ tasks: [aTask("t")], unregistered: [address("t", 40_000)] });
    expect(seen(service)?.health).toBe("UNKNOWN");
    expect(balance(service, decision())).toEqual({
      registrations: [{ taskId: "t", targetGroupId: "0123456789abcdef", targetId: "i-1", port: 40_000 }],
      drains: [],
      stops: [],
      messages: [`(service web) registered 1 targets in (target-group ${ARN})`],
      wakeAtMs: 2_000,
    });
  });

  test("is reached by its own address and its container's port, where it has an address", () => {
    const own = { ...address("t"), privateIp: "10.0.0.4" };
    const bound = [{ name: "app", networkBindings: [] }];
    const service = loaded({ tasks: [aTask("t")], unregistered: [{ ...own, containers: bound }] });
    expect(balance(service, decision()).registrations).toEqual([
      { taskId: "t", targetGroupId: "0123456789abcdef", targetId: "10.0.0.4", port: 80 },
    ]);
    const others = loaded({ tasks: [aTask("t")], unregistered: [{ ...own, containers: [] }] });
    expect(balance(others, decision()).registrations).toEqual([]);
  });

  test("drains before it stops, and stops when its target is gone", () => {
    const serving = loaded({ tasks: [aTask("t")], targets: [target("t")] });
    expect(balance(serving, decision(["t"]))).toMatchObject({
      drains: ["t"],
      stops: [],
      messages: [
        `(service web) deregistered 1 targets in (target-group ${ARN})`,
        "(service web) has begun draining connections on 1 tasks.",
      ],
    });
    const draining = loaded({ tasks: [aTask("t")], targets: [target("t", { state: "draining" })] });
    expect(balance(draining, decision())).toMatchObject({ drains: [], stops: [], wakeAtMs: 2_000 });
    const through = loaded({
      tasks: [aTask("t")],
      targets: [target("t", { state: "draining", exists: false, health: null })],
    });
    expect(balance(through, decision()).stops).toEqual([
      { taskId: "t", reason: "Scaling activity initiated by (deployment ecs-svc/1)" },
    ]);
    const told = loaded({ ...through, tasks: [aTask("t", { desiredStatus: "STOPPED" })] });
    expect(balance(told, decision()).stops).toEqual([]);
  });

  test("that is unhealthy stops at once, for its group's reason", () => {
    const service = loaded({ tasks: [aTask("t")], targets: [target("t", { health: "unhealthy" })] });
    expect(balance(service, decision(["t"]))).toMatchObject({
      drains: [],
      stops: [{ taskId: "t", reason: `Task failed ELB health checks in (target-group ${ARN})` }],
    });
  });

  test("that never served stops without draining, and is not registered on its way out", () => {
    const service = loaded({ tasks: [aTask("t")], unregistered: [address("t")] });
    expect(balance(service, decision(["t"]))).toMatchObject({ registrations: [], stops: [{ taskId: "t" }] });
  });
});

test("a service without load balancers is as it was", () => {
  const service = loaded({ details: {} as LoadedService["details"], tasks: [aTask("t")] });
  expect(tasksBehindBalancers(service)).toBe(service.tasks);
  expect(balance(service, decision(["t"], 7))).toEqual({
    registrations: [],
    drains: [],
    stops: [{ taskId: "t", reason: "scaling" }],
    messages: [],
    wakeAtMs: 7,
  });
});
