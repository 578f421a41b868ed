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

  test("that no group can reach is judged by itself", () => {
    const unreachable = loaded({ tasks: [aTask("t")], unregistered: [{ ...address("t"), containers: [] }] });
    expect(seen(unreachable)?.health).toBe("HEALTHY");
  });

  test("is registered by the host port its container got, once it runs, and looked at again soon", () => {
    const service = loaded({ tasks: [aTask("t")], unregistered: [address("t", 40_000)] });
    expect(seen(service)?.health).toBe("UNKNOWN");
    expect(balance(service, decision())).toEqual({
      registrations: [{ taskId: "t", targetGroupId: "0123456789abcdef", targetId: "i-1", port: 40_000 }],
      drains: [],
      drained: [],
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

  test("drains as it is to stop", () => {
    const serving = loaded({ tasks: [aTask("t")], targets: [target("t")] });
    expect(balance(serving, decision(["t"]))).toMatchObject({
      drains: ["t"],
      drained: [],
      stops: [{ taskId: "t", reason: "scaling" }],
      messages: [
        `(service web) deregistered 1 targets in (target-group ${ARN})`,
        "(service web) has begun draining connections on 1 tasks.",
      ],
    });
  });

  const gone = { exists: false, health: null } as const;
  const going = { lastStatus: "DEACTIVATING", desiredStatus: "STOPPED" } as const;
  const other = { targetGroupId: "b" };
  test.each([
    ["that somebody stops drains", going, [{}], ["t"], []],
    ["that drains is waited for", going, [{ state: "draining" }], [], []],
    [
      "is waited for in all of its groups",
      going,
      [
        { state: "draining", ...gone },
        { state: "draining", ...other },
      ],
      [],
      [],
    ],
    ["whose targets are gone may stop", going, [{ state: "draining", ...gone }], [], ["t"]],
    ["whose groups were deleted before it drained may stop", going, [gone, { ...gone, ...other }], [], ["t"]],
    ["drains in the groups that are left", going, [gone, other], ["t"], []],
    ["that was told to stop does not drain", { ...going, lastStatus: "STOPPING" }, [{}], [], []],
    ["whose container died does not drain", { desiredStatus: "STOPPED" }, [{}], [], []],
    ["that goes on is left alone, whatever its targets", {}, [gone], [], []],
  ] as const)("%s", (_, task, targets, drains, drained) => {
    const service = {
      tasks: [aTask("t", task)],
      targets: targets.map((over: Partial<TaskTarget>) => target("t", over)),
    };
    expect(balance(loaded(service), decision())).toMatchObject({ drains, drained, stops: [] });
    const unbalanced = loaded({ ...service, details: {} as LoadedService["details"] });
    expect(balance(unbalanced, decision())).toMatchObject({ drains, drained, stops: [] });
  });

  test("that is unhealthy drains too, and stops for its group's reason", () => {
    const service = loaded({ tasks: [aTask("t")], targets: [target("t", { health: "unhealthy" })] });
    expect(balance(service, decision(["t"]))).toMatchObject({
      drains: ["t"],
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
    drained: [],
    stops: [{ taskId: "t", reason: "scaling" }],
    messages: [],
    wakeAtMs: 7,
  });
});
