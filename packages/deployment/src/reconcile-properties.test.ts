import { TASK_STATUS_ORDER, type TaskStatus } from "@roadstead/model/task";
import fc from "fast-check";
import { expect, test } from "vitest";
import { faultsOf } from "./decision-oracle.test-data.ts";
import { reconcile } from "./reconcile.ts";
import type { DeploymentState, ReconcileDecision, ServiceSnapshot, ServiceTask } from "./service-snapshot.ts";
import { BREAKERS } from "./simulated-deployments.test-data.ts";
import {
  aDeployment,
  aSnapshot,
  aTask,
  machines,
  NEW,
  NOW_MS,
  OLD,
  oldDeployment,
} from "./snapshot.test-data.ts";

const RUNS = process.env.ROADSTEAD_LONG === "1" ? 200_000 : 3_000;
const STATUSES = Object.keys(TASK_STATUS_ORDER).filter((status) => status !== "STOPPED") as TaskStatus[];

const arbAgoMs = fc.constantFrom(0, 1, 1_000, 5_000, 39_999, 40_000, 100_000);
const arbTask = fc.record({
  deploymentId: fc.constantFrom(NEW, NEW, OLD, "ecs-svc/0"),
  lastStatus: fc.oneof(fc.constant("RUNNING" as const), fc.constantFrom(...STATUSES)),
  desiredStatus: fc.constantFrom("RUNNING" as const, "RUNNING" as const, "STOPPED" as const),
  health: fc.constantFrom("HEALTHY" as const, "UNHEALTHY" as const, "UNKNOWN" as const),
  startedAtMs: arbAgoMs.map((ago) => NOW_MS - ago),
  instanceId: fc.constantFrom("i0", "i1", "i2", "i9"),
});
const arbDeployment = {
  hasHealthCheck: fc.boolean(),
  rolloutState: fc.constantFrom("IN_PROGRESS" as const, "COMPLETED" as const),
  failedTasks: fc.constantFrom(0, 0, 1, 2, 30),
  provenAtMs: fc.option(arbAgoMs.map((ago) => NOW_MS - 70_000 - ago)),
  isRollback: fc.boolean(),
  startFailures: fc.constantFrom(0, 0, 1, 3, 30),
  lastStartFailureAtMs: fc.option(arbAgoMs.map((ago) => NOW_MS - ago)),
};
const arbReplica: fc.Arbitrary<ServiceSnapshot> = fc
  .record({
    tasks: fc.array(arbTask, { maxLength: 16 }),
    desiredCount: fc.integer({ min: 0, max: 8 }),
    minimum: fc.constantFrom(0, 33, 50, 75, 100),
    maximum: fc.constantFrom(100, 125, 150, 200),
    primary: fc.record(arbDeployment),
    old: fc.record(arbDeployment),
    grace: fc.constantFrom(0, 5_000),
    attempts: fc.constantFrom(0, 0, 1, 5),
    drained: fc.boolean(),
    circuitBreaker: fc.constantFrom(...BREAKERS),
    hasCompleted: fc.boolean(),
    steady: fc.boolean(),
  })
  .map(({ tasks, desiredCount, minimum, maximum, primary, old, ...rest }) =>
    aSnapshot({
      tasks: tasks.map((task, i) => aTask({ id: `t${i}`, ...task })),
      limits: { minimumHealthyPercent: minimum, maximumPercent: maximum },
      deployments: [
        aDeployment(primary as Partial<DeploymentState>),
        oldDeployment(old as Partial<DeploymentState>),
      ],
      instances: machines(3).map((machine, i) =>
        i === 2 && rest.drained ? { ...machine, status: "DRAINING" } : machine,
      ),
      service: {
        desiredCount,
        healthCheckGracePeriodMs: rest.grace,
        placement: { failedAtMs: rest.attempts > 0 ? NOW_MS - 1_500 : null, attempts: rest.attempts },
        circuitBreaker: rest.circuitBreaker,
        hasCompleted: rest.hasCompleted,
        steadyAtMs: rest.steady ? NOW_MS - 60_000 : null,
      },
    }),
  );

/** At most one live task on an instance, as a daemon has it. */
const arbDaemon = arbReplica.map((snapshot): ServiceSnapshot => {
  const byInstance = new Map(snapshot.tasks.map((task) => [task.instanceId, task]));
  const limits = { ...snapshot.limits, maximumPercent: 100 };
  const service = { ...snapshot.service, schedulingStrategy: "DAEMON" as const };
  return { ...snapshot, tasks: [...byInstance.values()], limits, service };
});

function after(
  snapshot: ServiceSnapshot,
  { starts, stops, ...decision }: ReconcileDecision,
): ServiceSnapshot {
  const stopped = new Set(stops.map(({ taskId }) => taskId));
  const born = starts.flatMap(({ deploymentId, count, instanceIds }) =>
    Array.from({ length: count }, (_, i) =>
      aTask({ id: `born${i}`, deploymentId, lastStatus: "PLACING", instanceId: instanceIds?.[i] ?? null }),
    ),
  );
  const tasks = snapshot.tasks.map((task) =>
    stopped.has(task.id) ? { ...task, desiredStatus: "STOPPED" as const } : task,
  );
  const desiredCount = decision.desiredCount ?? snapshot.service.desiredCount;
  return { ...snapshot, tasks: [...tasks, ...born], service: { ...snapshot.service, desiredCount } };
}

test.each([
  ["replicas", arbReplica],
  ["daemons", arbDaemon],
])("%s: no decision breaks the band, whatever the tasks are", (_name, arb) => {
  fc.assert(
    fc.property(arb, (snapshot) => {
      expect(faultsOf(snapshot, reconcile(snapshot))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

test.each([
  ["replicas", arbReplica],
  ["daemons", arbDaemon],
])("%s: a pass that follows at once finds nothing to start or stop", (_name, arb) => {
  fc.assert(
    fc.property(arb, (snapshot) => {
      const again = reconcile(after(snapshot, reconcile(snapshot)));
      expect([again.starts, again.stops, again.desiredCount]).toEqual([[], [], null]);
    }),
    { numRuns: RUNS },
  );
});

test("the order in which tasks are loaded makes no difference to how many start and stop", () => {
  fc.assert(
    fc.property(arbReplica, (snapshot) => {
      const one = reconcile(snapshot);
      const other = reconcile({ ...snapshot, tasks: snapshot.tasks.toReversed() });
      expect(other).toEqual({ ...one, stops: expect.anything(), messages: expect.anything() });
      expect(other.stops).toHaveLength(one.stops.length);
    }),
    { numRuns: RUNS },
  );
});

test("ten thousand tasks are decided in a blink", () => {
  const tasks = Array.from(
    { length: 10_000 },
    (_, i): ServiceTask =>
      aTask({
        id: `t${i}`,
        deploymentId: i % 2 ? NEW : OLD,
        instanceId: `i${i % 500}`,
        createdAtMs: NOW_MS - i,
      }),
  );
  const snapshot = aSnapshot({
    tasks,
    deployments: [aDeployment(), oldDeployment()],
    instances: machines(500),
    limits: { minimumHealthyPercent: 50, maximumPercent: 100 },
    service: { desiredCount: 3_000 },
  });
  const before = process.cpuUsage();
  expect(reconcile(snapshot).stops).toHaveLength(7_000);
  expect(process.cpuUsage(before).user).toBeLessThan(500_000);
});
