import { describe, expect, test } from "vitest";
import { reconcile } from "./reconcile.ts";
import type { ServiceTask } from "./service-snapshot.ts";
import {
  aDeployment,
  anUpdate,
  aSnapshot,
  aTask,
  machines,
  NEW,
  NOW_MS,
  newTasks,
  OLD,
  oldDeployment,
  oldTasks,
  some,
} from "./snapshot.test-data.ts";

const CHECKED = [aDeployment({ hasHealthCheck: true, rolloutState: "COMPLETED" })];
const DONE = [aDeployment({ rolloutState: "COMPLETED" })];
const ill = (count: number, over: Partial<ServiceTask> = {}) =>
  some(count, "ill", { health: "UNHEALTHY", ...over });
const well = (count: number) => some(count, "well", { health: "HEALTHY" });
const stopped = ({ stops }: ReturnType<typeof reconcile>) => stops.map(({ taskId }) => taskId).sort();
const started = ({ starts }: ReturnType<typeof reconcile>) =>
  starts.reduce((sum, { count }) => sum + count, 0);
const limits = (minimumHealthyPercent: number, maximumPercent: number) => ({
  minimumHealthyPercent,
  maximumPercent,
});

describe("a task that ended", () => {
  test("is replaced at once, whatever ran before", () => {
    expect(reconcile(aSnapshot({ deployments: DONE, tasks: newTasks(3) })).starts).toEqual([
      { deploymentId: NEW, count: 1, instanceIds: null, replacedUnhealthy: 0 },
    ]);
  });

  test("that is stopping holds its place as long as there is no room beside it", () => {
    const tasks = [...newTasks(3), aTask({ id: "x", desiredStatus: "STOPPED" })];
    expect(started(reconcile(aSnapshot({ deployments: DONE, tasks, limits: limits(100, 100) })))).toBe(0);
    expect(started(reconcile(aSnapshot({ deployments: DONE, tasks, limits: limits(100, 200) })))).toBe(1);
  });

  test("during an update is replaced by the new deployment, never by the old", () => {
    const decision = reconcile(
      anUpdate(4, [100, 200], [...oldTasks(2), ...newTasks(4, { lastStatus: "PENDING" })]),
    );
    expect(decision.starts).toEqual([]);
    expect(decision.stops).toEqual([]);
  });
});

describe("an unhealthy task", () => {
  test("gets its replacement first where the band has room", () => {
    const decision = reconcile(aSnapshot({ deployments: CHECKED, tasks: [...well(3), ...ill(1)] }));
    expect(decision.starts).toEqual([
      { deploymentId: NEW, count: 1, instanceIds: null, replacedUnhealthy: 1 },
    ]);
    expect(decision.stops).toEqual([]);
  });

  test("is kept until its replacement is healthy", () => {
    const warming = aTask({ id: "r", health: "UNKNOWN" });
    const tasks = [...well(3), ...ill(1)];
    expect(stopped(reconcile(aSnapshot({ deployments: CHECKED, tasks: [...tasks, warming] })))).toEqual([]);
    const decision = reconcile(
      aSnapshot({ deployments: CHECKED, tasks: [...tasks, { ...warming, health: "HEALTHY" }] }),
    );
    expect(decision.stops).toEqual([{ taskId: "ill0", reason: "Task failed container health checks" }]);
    expect(decision.messages).toEqual([
      "(service web) (task ill0) failed container health checks.",
      "(service web) has stopped 1 running tasks: (task ill0).",
    ]);
  });

  test("counts apart from tasks that are missing altogether", () => {
    expect(reconcile(aSnapshot({ deployments: CHECKED, tasks: [...well(2), ...ill(1)] })).starts).toEqual([
      { deploymentId: NEW, count: 2, instanceIds: null, replacedUnhealthy: 1 },
    ]);
  });

  test.each<[string, [number, number], ServiceTask[], number]>([
    ["one by one at 100/100", [100, 100], ill(4), 1],
    [
      "not another while one is stopping",
      [100, 100],
      [...ill(3), aTask({ id: "x", desiredStatus: "STOPPED" })],
      0,
    ],
    [
      "not another while its replacement starts",
      [100, 100],
      [...ill(3), aTask({ id: "x", lastStatus: "PENDING" })],
      0,
    ],
    ["down to the band's lower end", [50, 100], ill(4), 2],
    ["but no more than there are", [0, 100], [...well(3), ...ill(1)], 1],
  ])("makes room for its replacement where there is none: %s", (_name, [min, max], tasks, expected) => {
    const decision = reconcile(aSnapshot({ deployments: CHECKED, tasks, limits: limits(min, max) }));
    expect(decision.stops).toHaveLength(expected);
    expect(decision.starts).toEqual([]);
  });

  test("is left alone in its grace period, and the service wakes at its end", () => {
    const startedAtMs = NOW_MS - 1_000;
    const snapshot = aSnapshot({
      deployments: CHECKED,
      tasks: [...well(3), ...ill(1, { startedAtMs })],
      service: { healthCheckGracePeriodMs: 30_000 },
    });
    expect(reconcile(snapshot)).toMatchObject({ starts: [], stops: [], wakeAtMs: startedAtMs + 30_000 });
    expect(started(reconcile({ ...snapshot, nowMs: startedAtMs + 30_000 }))).toBe(1);
  });

  test("of a deployment without health checks is as good as its time", () => {
    expect(reconcile(aSnapshot({ deployments: DONE, tasks: ill(4) })).steadyAtMs).toBe(NOW_MS);
  });

  test("of an old deployment goes at once", () => {
    const decision = reconcile(
      anUpdate(4, [100, 200], [...oldTasks(3, { health: "HEALTHY" }), ...ill(1, { deploymentId: OLD })], {
        deployments: [aDeployment(), oldDeployment({ hasHealthCheck: true })],
      }),
    );
    expect(stopped(decision)).toEqual(["ill0"]);
  });

  test("waits where others that stop make room for its replacement", () => {
    const tasks = [...some(4, "going", { deploymentId: OLD, desiredStatus: "STOPPED" }), ...ill(2)];
    expect(stopped(reconcile(aSnapshot({ deployments: CHECKED, tasks, limits: limits(0, 150) })))).toEqual(
      [],
    );
  });

  test("is the first to go when there are too many", () => {
    const tasks = [...well(4), ...ill(1)];
    const service = { desiredCount: 3 };
    expect(stopped(reconcile(aSnapshot({ deployments: CHECKED, tasks, service })))).toEqual([
      "ill0",
      "well3",
    ]);
  });

  test("never makes the service stop a healthy one", () => {
    const decision = reconcile(
      anUpdate(4, [100, 150], [...oldTasks(4), ...ill(2)], {
        deployments: [aDeployment({ hasHealthCheck: true }), oldDeployment()],
      }),
    );
    expect(stopped(decision)).toEqual(["ill0", "ill1"]);
  });
});

describe("scaling in", () => {
  const scaled = (desiredCount: number, tasks: ServiceTask[]) =>
    reconcile(aSnapshot({ deployments: DONE, tasks, service: { desiredCount } }));

  test("takes tasks that do not run first, then unproved ones", () => {
    const tasks = [
      ...newTasks(3),
      aTask({ id: "placing", lastStatus: "PLACING" }),
      aTask({ id: "pending", lastStatus: "PENDING" }),
      aTask({ id: "warming", startedAtMs: NOW_MS - 1 }),
    ];
    expect(stopped(scaled(4, tasks))).toEqual(["pending", "placing"]);
    expect(stopped(scaled(3, tasks))).toEqual(["pending", "placing", "warming"]);
    expect(scaled(3, tasks).messages).toEqual([
      "(service web) has stopped 1 running tasks: (task warming).",
      "(service web) stopped 1 pending tasks.",
    ]);
  });

  test("mirrors spreading: from the most crowded instance, newest first", () => {
    const on = (instanceId: string, ids: string[]) =>
      ids.map((id, i) => aTask({ id, instanceId, createdAtMs: NOW_MS - 100_000 + i }));
    const tasks = [...on("i0", ["a1", "a2", "a3", "a4"]), ...on("i1", ["b1", "b2"]), ...on("i2", ["c1"])];
    expect(stopped(scaled(5, tasks))).toEqual(["a3", "a4"]);
    expect(stopped(scaled(3, tasks))).toEqual(["a2", "a3", "a4", "b2"]);
  });

  test("in the middle of an update keeps to the new count's band and takes old tasks first", () => {
    const decision = reconcile(anUpdate(2, [100, 200], [...oldTasks(4), ...newTasks(1)]));
    expect(stopped(decision)).toHaveLength(3);
    expect(decision.stops.every(({ taskId }) => taskId.startsWith("old"))).toBe(true);
    expect(decision.starts).toEqual([]);
  });

  test("to nothing stops everything", () => {
    expect(stopped(scaled(0, newTasks(3)))).toHaveLength(3);
  });

  test("keeps the deployment, and out again starts what is missing", () => {
    const decision = scaled(6, newTasks(4));
    expect(decision.deployments).toEqual([]);
    expect(started(decision)).toBe(2);
  });
});

describe("a draining instance", () => {
  const instances = [...machines(2), { id: "d", status: "DRAINING" as const, eligible: true }];
  const there = (count: number, over: Partial<ServiceTask> = {}) =>
    some(count, "moving", { instanceId: "d", ...over });
  const drained = (tasks: ServiceTask[], [min, max]: [number, number]) =>
    reconcile(aSnapshot({ deployments: DONE, instances, tasks, limits: limits(min, max) }));

  test("loses its pending tasks at once; they start elsewhere", () => {
    const decision = drained([...newTasks(3), ...there(1, { lastStatus: "PENDING" })], [100, 200]);
    expect(stopped(decision)).toEqual(["moving0"]);
    expect(started(decision)).toBe(1);
  });

  test("keeps its running tasks until others are healthy where none may be missing", () => {
    const tasks = [...newTasks(2), ...there(2)];
    expect(drained(tasks, [100, 200])).toMatchObject({ stops: [], starts: [{ count: 2 }] });
    expect(stopped(drained([...tasks, ...some(2, "moved")], [100, 200]))).toEqual(["moving0", "moving1"]);
  });

  test("loses them first where some may be missing", () => {
    expect(stopped(drained([...newTasks(2), ...there(2)], [50, 100]))).toEqual(["moving0", "moving1"]);
  });

  test("holds a service that is not steady", () => {
    expect(drained([...newTasks(3), ...there(1)], [100, 100]).steadyAtMs).toBeNull();
  });
});

describe("a service that is deleted", () => {
  const deleted = (tasks: ServiceTask[]) =>
    reconcile(aSnapshot({ deployments: DONE, tasks, service: { status: "DRAINING", steadyAtMs: NOW_MS } }));

  test("stops everything, whatever the band", () => {
    expect(deleted([...newTasks(2), aTask({ id: "p", lastStatus: "PENDING" })])).toMatchObject({
      starts: [],
      stops: [{ taskId: "new0" }, { taskId: "new1" }, { taskId: "p" }],
      status: "DRAINING",
      steadyAtMs: null,
      messages: [
        "(service web) has stopped 2 running tasks: (task new0) (task new1).",
        "(service web) stopped 1 pending tasks.",
      ],
    });
  });

  test("is inactive once its tasks are stopping or gone", () => {
    expect(deleted(newTasks(1, { desiredStatus: "STOPPED" }))).toMatchObject({
      status: "DRAINING",
      stops: [],
    });
    expect(deleted(newTasks(1, { desiredStatus: "STOPPED", lastStatus: "STOPPING" })).status).toBe(
      "INACTIVE",
    );
    expect(deleted([])).toMatchObject({
      status: "INACTIVE",
      deployments: [
        { id: NEW, change: "INACTIVE", reason: "ECS deployment ecs-svc/2 of a deleted service." },
      ],
    });
  });
});
