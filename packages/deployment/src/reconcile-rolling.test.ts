import { describe, expect, test } from "vitest";
import { band } from "./band.ts";
import { reconcile } from "./reconcile.ts";
import type { ServiceTask } from "./service-snapshot.ts";
import {
  aDeployment,
  anUpdate,
  aSnapshot,
  aTask,
  NEW,
  NOW_MS,
  newTasks,
  OLD,
  oldDeployment,
  oldTasks,
  some,
  stopping,
} from "./snapshot.test-data.ts";

const STUCK =
  "(service web) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.";
const STEADY = "(service web) has reached a steady state.";

const steps = ({ starts, stops }: ReturnType<typeof reconcile>) => ({
  start: starts.reduce((sum, { count }) => sum + count, 0),
  stop: stops.length,
});

describe("the band", () => {
  test.each([
    [4, 50, 100, 2, 4],
    [4, 100, 200, 4, 8],
    [2, 75, 200, 2, 4],
    [3, 100, 125, 3, 3],
    [1, 100, 150, 1, 1],
    [1, 0, 100, 0, 1],
    [10, 90, 110, 9, 11],
    [0, 100, 200, 0, 0],
  ])("of %i tasks at %i/%i is %i to %i", (desired, minimumHealthyPercent, maximumPercent, lower, upper) => {
    expect(band(desired, { minimumHealthyPercent, maximumPercent })).toEqual({ lower, upper });
  });
});

describe("an update begins", () => {
  test.each<[number, [number, number], { start: number; stop: number }]>([
    [4, [50, 100], { start: 0, stop: 2 }],
    [4, [100, 200], { start: 4, stop: 0 }],
    [2, [75, 200], { start: 2, stop: 0 }],
    [3, [100, 125], { start: 0, stop: 0 }],
    [1, [100, 150], { start: 0, stop: 0 }],
    [1, [0, 100], { start: 0, stop: 1 }],
    [10, [90, 110], { start: 1, stop: 1 }],
    [4, [50, 200], { start: 4, stop: 2 }],
  ])("with %i tasks at %j: %j", (desired, limits, expected) => {
    expect(steps(reconcile(anUpdate(desired, limits, oldTasks(desired))))).toEqual(expected);
  });
});

describe("an update goes on", () => {
  test.each<[string, number, [number, number], ServiceTask[], { start: number; stop: number }]>([
    [
      "a stopping task still holds its room",
      4,
      [50, 100],
      [...oldTasks(2), ...stopping(2)],
      { start: 0, stop: 0 },
    ],
    ["a stopped one has given it back", 4, [50, 100], oldTasks(2), { start: 2, stop: 0 }],
    [
      "new ones that run but are not proved do not count",
      4,
      [100, 200],
      [...oldTasks(4), ...newTasks(4, { startedAtMs: NOW_MS - 39_999 })],
      { start: 0, stop: 0 },
    ],
    [
      "each proved one frees an old one",
      4,
      [100, 200],
      [...oldTasks(4), ...newTasks(3)],
      { start: 1, stop: 3 },
    ],
    ["all proved: the old ones go", 4, [100, 200], [...oldTasks(4), ...newTasks(4)], { start: 0, stop: 4 }],
    [
      "never more than desired",
      2,
      [100, 400],
      [...oldTasks(2), ...newTasks(2, { lastStatus: "PENDING" })],
      { start: 0, stop: 0 },
    ],
    [
      "old ones that do not run go at once",
      4,
      [100, 200],
      oldTasks(4, { lastStatus: "PENDING" }),
      { start: 4, stop: 4 },
    ],
    [
      "old ones not placed go at once",
      4,
      [100, 100],
      oldTasks(4, { lastStatus: "PLACING" }),
      { start: 0, stop: 4 },
    ],
  ])("%s", (_name, desired, limits, tasks, expected) => {
    expect(steps(reconcile(anUpdate(desired, limits, tasks)))).toEqual(expected);
  });

  test("old ones that run but are not proved go when nobody needs them to be", () => {
    const unproved = oldTasks(4, { startedAtMs: NOW_MS - 1 });
    expect(steps(reconcile(anUpdate(4, [100, 200], unproved)))).toEqual({ start: 4, stop: 0 });
    expect(steps(reconcile(anUpdate(4, [50, 200], unproved)))).toEqual({ start: 4, stop: 2 });
    expect(steps(reconcile(anUpdate(4, [100, 200], [...unproved, ...newTasks(4)])))).toEqual({
      start: 0,
      stop: 4,
    });
  });

  test("stops say which deployment wanted them", () => {
    expect(reconcile(anUpdate(1, [0, 100], oldTasks(1)))).toMatchObject({
      stops: [{ taskId: "old0", reason: "Scaling activity initiated by (deployment ecs-svc/2)" }],
      messages: ["(service web) has stopped 1 running tasks: (task old0)."],
    });
  });

  test("the newest deployment is the only one that starts, and older ones in progress are drained too", () => {
    const decision = reconcile(
      anUpdate(
        4,
        [100, 200],
        [...oldTasks(4), ...some(3, "mid", { deploymentId: "ecs-svc/1b", lastStatus: "PENDING" })],
        {
          deployments: [
            aDeployment(),
            oldDeployment({ id: "ecs-svc/1b", rolloutState: "IN_PROGRESS" }),
            oldDeployment(),
          ],
        },
      ),
    );
    expect(decision.starts).toEqual([
      { deploymentId: NEW, count: 1, instanceIds: null, replacedUnhealthy: 0 },
    ]);
    expect(decision.stops.map(({ taskId }) => taskId)).toEqual(["mid0", "mid1", "mid2"]);
  });

  test("a task proves itself by time alone, and the service wakes for it", () => {
    const startedAtMs = NOW_MS - 10_000;
    const snapshot = anUpdate(1, [100, 200], [...oldTasks(1), ...newTasks(1, { startedAtMs })]);
    expect(reconcile(snapshot).wakeAtMs).toBe(startedAtMs + 40_000);
    expect(steps(reconcile({ ...snapshot, nowMs: startedAtMs + 39_999 }))).toEqual({ start: 0, stop: 0 });
    expect(steps(reconcile({ ...snapshot, nowMs: startedAtMs + 40_000 }))).toEqual({ start: 0, stop: 1 });
  });
});

describe("a band that allows nothing", () => {
  const snapshot = anUpdate(3, [100, 125], oldTasks(3));

  test("is said once, and again after six hours", () => {
    const first = reconcile(snapshot);
    expect(first.messages).toEqual([STUCK]);
    expect(first.wakeAtMs).toBe(NOW_MS + 6 * 3_600_000);
    const later = (nowMs: number) => ({
      ...snapshot,
      nowMs,
      service: { ...snapshot.service, notices: [{ message: STUCK, atMs: NOW_MS }] },
    });
    expect(reconcile(later(NOW_MS + 1)).messages).toEqual([]);
    expect(reconcile(later(NOW_MS + 6 * 3_600_000)).messages).toEqual([STUCK]);
  });

  test("is said anew for another deployment", () => {
    const service = { ...snapshot.service, notices: [{ message: STUCK, atMs: NOW_MS - 200_000 }] };
    expect(reconcile({ ...snapshot, service }).messages).toEqual([STUCK]);
  });

  test("is not said while something is under way", () => {
    expect(reconcile(anUpdate(3, [100, 125], [...oldTasks(2), ...stopping(1)])).messages).toEqual([]);
  });
});

describe("a deployment is complete", () => {
  const done = anUpdate(2, [100, 200], newTasks(2));

  test("with all new tasks proved and all old ones gone, in this order of words", () => {
    expect(reconcile(done)).toEqual({
      starts: [],
      stops: [],
      deployments: [
        { id: OLD, change: "INACTIVE", reason: "ECS deployment ecs-svc/1 replaced by ecs-svc/2." },
        { id: NEW, change: "COMPLETED", reason: "ECS deployment ecs-svc/2 completed." },
      ],
      tally: { deploymentId: NEW, failed: 0, provenAtMs: NOW_MS - 70_000 },
      rollBack: false,
      desiredCount: null,
      messages: ["(service web) (deployment ecs-svc/2) deployment completed.", STEADY],
      steadyAtMs: NOW_MS,
      status: "ACTIVE",
      placement: { failedAtMs: null, attempts: 0 },
      wakeAtMs: NOW_MS + 6 * 3_600_000,
    });
  });

  test.each<[string, ServiceTask[]]>([
    ["an old task has not begun to stop", [...newTasks(2), ...stopping(1)]],
    ["a new task is not proved", [aTask({ id: "a" }), aTask({ id: "b", startedAtMs: NOW_MS - 1 })]],
    ["a new task is missing", newTasks(1)],
  ])("not while %s", (_name, tasks) => {
    const decision = reconcile(anUpdate(2, [100, 200], tasks));
    expect(decision.deployments.filter(({ change }) => change === "COMPLETED")).toEqual([]);
    expect(decision.steadyAtMs).toBeNull();
    expect(decision.messages).toEqual([]);
  });

  test("an old deployment is gone once its last task is stopping", () => {
    const tasks = [
      ...newTasks(2),
      aTask({ id: "o", deploymentId: OLD, lastStatus: "STOPPING", desiredStatus: "STOPPED" }),
    ];
    expect(reconcile(anUpdate(2, [100, 200], tasks)).deployments.map(({ change }) => change)).toEqual([
      "INACTIVE",
      "COMPLETED",
    ]);
  });

  test("at once when nothing is desired, while the old tasks stop", () => {
    const decision = reconcile(anUpdate(0, [100, 200], oldTasks(2)));
    expect(steps(decision)).toEqual({ start: 0, stop: 2 });
    expect(decision.deployments.map(({ id, change }) => [id, change])).toEqual([[NEW, "COMPLETED"]]);
    expect(decision.messages).not.toContain(STEADY);
  });

  test("steadiness is said once, and every six hours while nothing changes", () => {
    const steady = (nowMs: number, steadyAtMs: number | null) =>
      reconcile({
        ...aSnapshot({
          deployments: [aDeployment({ rolloutState: "COMPLETED" })],
          tasks: newTasks(4),
          service: { steadyAtMs },
        }),
        nowMs,
      });
    expect(steady(NOW_MS, null)).toMatchObject({ messages: [STEADY], steadyAtMs: NOW_MS });
    expect(steady(NOW_MS + 1, NOW_MS)).toMatchObject({ messages: [], steadyAtMs: NOW_MS });
    expect(steady(NOW_MS + 6 * 3_600_000, NOW_MS)).toMatchObject({
      messages: [STEADY],
      steadyAtMs: NOW_MS + 6 * 3_600_000,
    });
  });

  test("a failed one starts nothing and leaves the old tasks alone", () => {
    const decision = reconcile(
      anUpdate(4, [50, 200], oldTasks(3), {
        deployments: [aDeployment({ rolloutState: "FAILED" }), oldDeployment()],
      }),
    );
    expect(steps(decision)).toEqual({ start: 0, stop: 0 });
    expect(decision.steadyAtMs).toBeNull();
  });
});
