import { describe, expect, test } from "vitest";
import { reconcile } from "./reconcile.ts";
import type { DeploymentState, LaunchFailure, PlacementBackOff, ServiceNotice } from "./service-snapshot.ts";
import { aDeployment, aSnapshot, aTask, machines, NEW, NOW_MS, newTasks, OLD } from "./snapshot.test-data.ts";
import { startThrottle } from "./start-throttle.ts";

const INCONSISTENT =
  "(service web) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
const NO_CPU =
  "(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance c1) has insufficient CPU units available. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
const started = ({ starts }: ReturnType<typeof reconcile>) =>
  starts.reduce((sum, { count }) => sum + count, 0);

describe("after failures to start, the wait", () => {
  test.each([
    [1, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]],
    [3, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]],
    [6, [0, 0, 1, 2, 2, 2, 2, 4, 8, 16, 32, 64, 128, 256]],
  ])("for %i tasks grows by the failures in a row", (desired, seconds) => {
    expect(seconds.map((_, failures) => startThrottle(failures, desired).waitMs / 1_000)).toEqual(seconds);
  });

  const failing = (
    over: Partial<DeploymentState>,
    desiredCount = 1,
    notices: ServiceNotice[] = [],
    nowMs: number = NOW_MS,
  ) => ({
    ...aSnapshot({
      deployments: [aDeployment({ lastStartFailureAtMs: NOW_MS - 1_000, ...over })],
      service: { desiredCount, notices },
    }),
    nowMs,
  });

  test("holds a start back until it is over, and wakes the service then", () => {
    expect(started(reconcile(failing({ startFailures: 1 })))).toBe(1);
    expect(reconcile(failing({ startFailures: 3 }))).toMatchObject({ starts: [], wakeAtMs: NOW_MS + 1_000 });
    expect(started(reconcile({ ...failing({ startFailures: 3 }), nowMs: NOW_MS + 1_000 }))).toBe(1);
  });

  test("does not grow by a whole round at once: then one task probes", () => {
    const round = failing({ startFailures: 20 }, 20, [], NOW_MS + 1_000);
    expect(started(reconcile(round))).toBe(1);
    expect(started(reconcile({ ...round, tasks: [aTask({ id: "probe", lastStatus: "PENDING" })] }))).toBe(0);
  });

  test("does not jump when a service whose tasks failed together is scaled in", () => {
    const createdAtMs = NOW_MS - 11_000;
    const snapshot = failing({ startFailures: 12, createdAtMs }, 3);
    expect(reconcile(snapshot)).toMatchObject({ starts: [], wakeAtMs: NOW_MS + 19_000 });
  });

  test("is over with a task that runs, and everything starts", () => {
    const snapshot = failing({ startFailures: 0 }, 20);
    expect(started(reconcile({ ...snapshot, tasks: newTasks(1) }))).toBe(19);
  });

  test("is named once, until there is a new deployment", () => {
    const notices = [{ message: INCONSISTENT, atMs: NOW_MS - 50_000 }];
    expect(reconcile(failing({ startFailures: 3 })).messages).toEqual([]);
    expect(reconcile(failing({ startFailures: 4 })).messages).toEqual([INCONSISTENT]);
    expect(reconcile(failing({ startFailures: 9 }, 1, notices)).messages).toEqual([]);
    const fresh = { startFailures: 4, createdAtMs: NOW_MS - 10_000 };
    expect(reconcile(failing(fresh, 1, notices)).messages).toEqual([INCONSISTENT]);
  });
});

describe("when a task finds no place", () => {
  const failure: LaunchFailure = {
    deploymentId: NEW,
    count: 1,
    reason: "RESOURCE:CPU",
    instanceId: "c1",
    detail: null,
  };
  const unplaced = (placement: PlacementBackOff, over: Parameters<typeof aSnapshot>[0] = {}) =>
    aSnapshot({
      deployments: [aDeployment({ rolloutState: "COMPLETED" })],
      tasks: newTasks(3),
      ...over,
      service: { placement, ...over.service },
    });

  test.each([
    [0, 1_000],
    [1, 2_000],
    [2, 4_000],
    [3, 5_000],
    [40, 5_000],
  ])("after %i failures before, the service tries again in %i ms", (attempts, waitMs) => {
    const before = { failedAtMs: NOW_MS - 10_000, attempts };
    const decision = reconcile(unplaced(before, { launchFailures: [failure] }));
    const placement = { failedAtMs: NOW_MS, attempts: attempts + 1 };
    expect(decision).toMatchObject({ starts: [], messages: [NO_CPU], placement, wakeAtMs: NOW_MS + waitMs });
    const later = { ...unplaced(placement), nowMs: NOW_MS + waitMs };
    expect(started(reconcile({ ...later, nowMs: later.nowMs - 1 }))).toBe(0);
    expect(started(reconcile(later))).toBe(1);
  });

  test("each reason is said once, until the service is steady or six hours have passed", () => {
    const say = (notices: ServiceNotice[], reasons: LaunchFailure[] = [failure, failure]) =>
      reconcile(
        unplaced({ failedAtMs: null, attempts: 0 }, { launchFailures: reasons, service: { notices } }),
      ).messages;
    const steady = { message: "(service web) has reached a steady state.", atMs: NOW_MS - 10 };
    expect(say([])).toEqual([NO_CPU]);
    expect(say([{ message: NO_CPU, atMs: NOW_MS - 1_000 }])).toEqual([]);
    expect(say([steady, { message: NO_CPU, atMs: NOW_MS - 1_000 }])).toEqual([NO_CPU]);
    expect(say([{ message: NO_CPU, atMs: NOW_MS - 6 * 3_600_000 }])).toEqual([NO_CPU]);
    expect(say([], [failure, { ...failure, reason: "RESOURCE:MEMORY" }])).toHaveLength(2);
  });

  test("the wait ends with the trouble: all placed, or a newer deployment", () => {
    const waiting = { failedAtMs: NOW_MS - 100, attempts: 7 };
    const none = { failedAtMs: null, attempts: 0 };
    const starting = (lastStatus: "PLACING" | "PENDING") => [...newTasks(3), aTask({ id: "p", lastStatus })];
    expect(reconcile(unplaced(waiting, { tasks: starting("PLACING") })).placement).toEqual(waiting);
    expect(reconcile(unplaced(waiting, { tasks: starting("PENDING") })).placement).toEqual(none);
    const deployments = [aDeployment({ createdAtMs: NOW_MS - 50 })];
    expect(started(reconcile(unplaced(waiting, { deployments })))).toBe(1);
  });

  test("an old deployment's failures are no concern of the new one", () => {
    const decision = reconcile(
      unplaced({ failedAtMs: null, attempts: 0 }, { launchFailures: [{ ...failure, deploymentId: OLD }] }),
    );
    expect(decision.messages).toEqual([]);
    expect(started(decision)).toBe(1);
  });

  test("a crash is not a failure to start: the next start is free", () => {
    expect(started(reconcile(aSnapshot({ tasks: newTasks(3), instances: machines(1) })))).toBe(1);
  });
});
