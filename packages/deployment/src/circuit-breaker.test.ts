import { describe, expect, test } from "vitest";
import { type CircuitBreaker, failureLimit } from "./circuit-breaker.ts";
import { reconcile } from "./reconcile.ts";
import type { DeploymentState } from "./service-snapshot.ts";
import {
  aDeployment,
  aSnapshot,
  aTask,
  NEW,
  NOW_MS,
  newTasks,
  OLD,
  oldDeployment,
  oldTasks,
} from "./snapshot.test-data.ts";

const BREAKER: CircuitBreaker = {
  rollback: true,
  resetOnHealthyTask: true,
  threshold: { type: "BOUNDED_PERCENT", value: 50 },
};

test.each([
  [
    { type: "BOUNDED_PERCENT", value: 50 },
    { 0: 3, 1: 3, 6: 3, 7: 4, 25: 13, 400: 200, 800: 200 },
  ],
  [
    { type: "BOUNDED_PERCENT", value: 10 },
    { 1: 3, 31: 4, 5000: 200 },
  ],
  [
    { type: "UNBOUNDED_PERCENT", value: 50 },
    { 0: 1, 1: 1, 7: 4, 800: 400 },
  ],
  [
    { type: "COUNT", value: 7 },
    { 1: 7, 800: 7 },
  ],
] as const)("%j gives up after as many failures as ECS does", (threshold, limits) => {
  for (const [desired, limit] of Object.entries(limits))
    expect([desired, failureLimit(threshold, Number(desired))]).toEqual([desired, limit]);
});

describe("a deployment that fails", () => {
  const failing = (
    over: Partial<DeploymentState>,
    breaker: Partial<CircuitBreaker> | null = {},
    rest: Parameters<typeof aSnapshot>[0] = {},
  ) =>
    aSnapshot({
      deployments: [aDeployment(over), oldDeployment()],
      tasks: oldTasks(4),
      ...rest,
      service: {
        circuitBreaker: breaker && { ...BREAKER, ...breaker },
        hasCompleted: true,
        desiredCount: 4,
        ...rest.service,
      },
    });

  test("is given up at the threshold, in ECS's words, and starts nothing more", () => {
    expect(reconcile(failing({ failedTasks: 2 })).deployments).toEqual([]);
    expect(reconcile(failing({ failedTasks: 3 }))).toMatchObject({
      starts: [],
      stops: [],
      deployments: [
        { id: NEW, change: "FAILED", reason: "ECS deployment circuit breaker: tasks failed to start." },
      ],
      rollBack: true,
      messages: [`(service web) (deployment ${NEW}) deployment failed: tasks failed to start.`],
      wakeAtMs: NOW_MS,
    });
  });

  test.each([
    ["while the breaker is off", failing({ failedTasks: 9 }, null)],
    ["once it is complete", failing({ failedTasks: 9, rolloutState: "COMPLETED" })],
    ["twice", failing({ failedTasks: 9, rolloutState: "FAILED" })],
    ["that wants nothing", failing({ failedTasks: 9 }, {}, { service: { desiredCount: 0 }, tasks: [] })],
  ])("is not given up %s", (_, snapshot) => {
    const { deployments, rollBack } = reconcile(snapshot);
    expect([deployments.filter(({ change }) => change === "FAILED"), rollBack]).toEqual([[], false]);
  });

  test.each([
    ["that is not wanted", failing({ failedTasks: 3 }, { rollback: false })],
    ["of a rollback", failing({ failedTasks: 3, isRollback: true })],
    ["to nowhere", failing({ failedTasks: 3 }, {}, { service: { hasCompleted: false } })],
  ])("is not followed by a rollback %s", (_, snapshot) => {
    expect(reconcile(snapshot)).toMatchObject({ deployments: [{ change: "FAILED" }], rollBack: false });
  });

  test("leaves what it was to replace, and is not started again", () => {
    const snapshot = failing({ rolloutState: "FAILED", failedTasks: 3 }, {}, { tasks: oldTasks(3) });
    expect(reconcile(snapshot)).toMatchObject({ starts: [], stops: [], steadyAtMs: null, wakeAtMs: null });
  });
});

describe("failures are counted", () => {
  const counting = (over: Partial<DeploymentState>, tasks = newTasks(0), reset = true) =>
    reconcile(
      aSnapshot({
        deployments: [aDeployment({ hasHealthCheck: true, ...over })],
        tasks,
        service: { circuitBreaker: { ...BREAKER, resetOnHealthyTask: reset }, hasCompleted: true },
      }),
    ).tally;
  const sick = { health: "UNHEALTHY" } as const;
  const well = { health: "HEALTHY", createdAtMs: NOW_MS - 5_000 } as const;

  test("of unhealthy tasks that are stopped, of this deployment's alone", () => {
    const tasks = [...newTasks(4, well), aTask({ id: "sick", ...sick })];
    expect(counting({ provenAtMs: NOW_MS - 5_000 }, tasks)).toMatchObject({ deploymentId: NEW, failed: 1 });
    const others = [...newTasks(4, well), aTask({ id: "sick", deploymentId: OLD, ...sick })];
    expect(counting({ provenAtMs: NOW_MS - 5_000 }, others)).toBeNull();
  });

  test("anew from a task that turns healthy and is newer than all that were, unless they add up", () => {
    const tasks = newTasks(1, well);
    const proven = { failed: -2, provenAtMs: NOW_MS - 5_000 };
    expect(counting({ failedTasks: 2 }, tasks)).toMatchObject(proven);
    expect(counting({ failedTasks: 2, provenAtMs: NOW_MS - 9_000 }, tasks)).toMatchObject(proven);
    expect(counting({ failedTasks: 2 }, tasks, false)).toMatchObject({ ...proven, failed: 0 });
  });

  test("on while one that has long been healthy stands beside those that fail", () => {
    expect(counting({ failedTasks: 2, provenAtMs: NOW_MS - 5_000 }, newTasks(1, well))).toBeNull();
    expect(counting({ failedTasks: 2, provenAtMs: NOW_MS - 5_000.0004 }, newTasks(1, well))).toBeNull();
  });

  test("only while the deployment is under way", () => {
    expect(counting({ failedTasks: 2, rolloutState: "COMPLETED" }, newTasks(1, well))).toBeNull();
  });
});
