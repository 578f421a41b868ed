import { describe, expect, test } from "vitest";
import { reconcile } from "./reconcile.ts";
import type { ServiceInstance, ServiceTask } from "./service-snapshot.ts";
import { aDeployment, anUpdate, aSnapshot, aTask, machines, NOW_MS, OLD } from "./snapshot.test-data.ts";

const DONE = [aDeployment({ rolloutState: "COMPLETED" })];
const on = (...ids: string[]): ServiceTask[] =>
  ids.map((instanceId) => aTask({ id: `on-${instanceId}`, instanceId }));
const oldOn = (...ids: string[]) =>
  on(...ids).map((task) => ({ ...task, id: `old-${task.id}`, deploymentId: OLD }));
const daemon = (tasks: ServiceTask[], instances: readonly ServiceInstance[], desiredCount = 3) =>
  reconcile(
    aSnapshot({
      deployments: DONE,
      tasks,
      instances,
      limits: { minimumHealthyPercent: 0, maximumPercent: 100 },
      service: { schedulingStrategy: "DAEMON", desiredCount },
    }),
  );
const update = (tasks: ServiceTask[], minimumHealthyPercent = 0) =>
  reconcile(anUpdate(3, [minimumHealthyPercent, 100], tasks, { service: { schedulingStrategy: "DAEMON" } }));
const startedOn = ({ starts }: ReturnType<typeof reconcile>) =>
  starts.flatMap(({ instanceIds }) => instanceIds);
const stopped = ({ stops }: ReturnType<typeof reconcile>) => stops.map(({ taskId }) => taskId);

describe("a daemon", () => {
  test("starts one task on each active instance that suits it and has none", () => {
    const decision = daemon(on("i1"), [...machines(3), { id: "x", status: "ACTIVE", eligible: false }]);
    expect(startedOn(decision)).toEqual(["i0", "i2"]);
    expect(decision.starts[0]?.count).toBe(2);
  });

  test("desires as many tasks as there are such instances", () => {
    expect(daemon(on("i0"), machines(1), 3).desiredCount).toBe(1);
    expect(daemon(on("i0"), machines(1), 1)).toMatchObject({ desiredCount: null, steadyAtMs: NOW_MS });
    expect(daemon([], [], 0)).toMatchObject({ starts: [], desiredCount: null });
  });

  test("waits on an instance for the task that is stopping there", () => {
    const tasks = on("i0").map((task) => ({ ...task, desiredStatus: "STOPPED" as const }));
    expect(startedOn(daemon(tasks, machines(1)))).toEqual([]);
  });

  test("starts nothing while it does not know where a task will be", () => {
    expect(startedOn(daemon([aTask({ id: "p", lastStatus: "PLACING" })], machines(2)))).toEqual([]);
  });

  test("leaves a draining instance, after the others' tasks", () => {
    const draining = { id: "d", status: "DRAINING" as const, eligible: true };
    const tasks = on("i0", "d");
    expect(stopped(daemon(tasks, [...machines(1), draining]))).toEqual(["on-d"]);
    const busy = [...machines(1), { ...draining, hasOtherTasks: true }];
    expect(daemon(tasks, busy)).toMatchObject({ stops: [], steadyAtMs: null, desiredCount: 1 });
    const pending = on("d").map((task) => ({ ...task, lastStatus: "PENDING" as const }));
    expect(stopped(daemon(pending, busy))).toEqual(["on-d"]);
  });

  test("leaves an instance that no longer suits it or is gone", () => {
    const unfit = { id: "u", status: "ACTIVE" as const, eligible: false };
    expect(stopped(daemon(on("i0", "u", "gone"), [...machines(1), unfit]))).toEqual(["on-u", "on-gone"]);
  });
});

describe("a daemon's update", () => {
  test("stops first, all at once by default, and starts where the old task has stopped", () => {
    expect(stopped(update(oldOn("i0", "i1", "i2")))).toHaveLength(3);
    expect(startedOn(update(oldOn("i1", "i2")))).toEqual(["i0"]);
  });

  test("stops no more than minimumHealthyPercent allows", () => {
    expect(stopped(update(oldOn("i0", "i1", "i2"), 50))).toHaveLength(1);
    expect(stopped(update([...oldOn("i1", "i2"), ...on("i0")], 50))).toHaveLength(1);
    expect(stopped(update(oldOn("i0", "i1"), 50))).toHaveLength(0);
  });

  test("that may stop nothing says so", () => {
    expect(update(oldOn("i0", "i1", "i2"), 100).messages).toEqual([
      expect.stringContaining("was unable to stop or start tasks during a deployment"),
    ]);
  });

  test("replaces an unhealthy task by stopping it", () => {
    const tasks = on("i0", "i1", "i2").map((task, i) => ({
      ...task,
      health: i === 1 ? ("UNHEALTHY" as const) : ("HEALTHY" as const),
    }));
    const snapshot = anUpdate(3, [0, 100], tasks, {
      service: { schedulingStrategy: "DAEMON" },
      deployments: [aDeployment({ hasHealthCheck: true })],
    });
    expect(reconcile(snapshot).stops).toEqual([
      { taskId: "on-i1", reason: "Task failed container health checks" },
    ]);
  });

  test("probes one instance after the other when nothing starts", () => {
    const probe = (startFailures: number) =>
      startedOn(
        reconcile(
          anUpdate(3, [0, 100], [], {
            service: { schedulingStrategy: "DAEMON" },
            deployments: [aDeployment({ startFailures, lastStartFailureAtMs: 0 })],
          }),
        ),
      );
    expect([probe(2), probe(3), probe(4), probe(5)]).toEqual([["i0", "i1", "i2"], ["i0"], ["i1"], ["i2"]]);
  });
});
