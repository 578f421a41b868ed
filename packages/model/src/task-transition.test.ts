import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEREGISTRATION_FORCED } from "./stop-reason.ts";
import { TASK_STATUS_ORDER, type TaskStatus } from "./task.ts";
import { aContainer, aPendingTask, aReport } from "./task-builders.test-data.ts";
import {
  advanceTask,
  drainingFirst,
  hasReached,
  type TaskChange,
  type TaskState,
} from "./task-transition.ts";

const NOW = 1_700_000_000_000;
const app = { containers: [aContainer()] };
const pair = { containers: [aContainer(), aContainer({ name: "side", essential: false })] };

/** Applies changes one after another, one millisecond apart. */
function after(
  task: typeof app,
  changes: readonly Omit<TaskChange, "taskId">[],
  state: TaskState = aPendingTask(task.containers),
): TaskState {
  return changes.reduce<TaskState>(
    (now, change, index) => advanceTask(task, now, { taskId: "t", ...change }, NOW + index) ?? now,
    state,
  );
}

const running = {
  lastStatus: "RUNNING",
  containers: [aReport({ status: "RUNNING", runtimeId: "c1" })],
} as const;
const stopped = {
  lastStatus: "STOPPED",
  containers: [aReport({ status: "STOPPED", runtimeId: "c1", exitCode: 3 })],
} as const;

describe("a task's life", () => {
  test("from PENDING through RUNNING to STOPPED sets each time once", () => {
    expect(after(app, [{ pullStartedAt: 5 }, { pullStoppedAt: 6 }, running, stopped])).toMatchObject({
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      version: 5,
      pullStartedAt: 5,
      pullStoppedAt: 6,
      startedAt: NOW + 2,
      stoppingAt: NOW + 3,
      executionStoppedAt: NOW + 3,
      stoppedAt: NOW + 3,
      stopCode: "EssentialContainerExited",
    });
  });

  test("says nothing new when a report is repeated, whatever the order of its members", () => {
    const bindings = [{ bindIP: "0.0.0.0", containerPort: 80, hostPort: 32_768, protocol: "tcp" as const }];
    const turned = [{ protocol: "tcp" as const, hostPort: 32_768, containerPort: 80, bindIP: "0.0.0.0" }];
    const report = (networkBindings: typeof bindings) => ({
      taskId: "t",
      containers: [aReport({ status: "RUNNING" as const, networkBindings })],
    });
    const once = advanceTask(app, aPendingTask(), report(bindings), NOW) as TaskState;
    expect(once.version).toBe(2);
    expect(advanceTask(app, once, report(turned), NOW + 1)).toBeNull();
  });

  test("ends when an essential container does, though its other containers run on", () => {
    const state = after(pair, [
      { lastStatus: "RUNNING", containers: [aReport({ name: "side", status: "RUNNING", runtimeId: "c2" })] },
      { containers: [aReport({ status: "STOPPED", runtimeId: "c1", exitCode: 0 })] },
    ]);
    expect(state).toMatchObject({
      desiredStatus: "STOPPED",
      lastStatus: "RUNNING",
      stoppedAt: null,
      stopCode: "EssentialContainerExited",
    });
  });

  test("goes on when a container that is not essential exits", () => {
    const exit = { containers: [aReport({ name: "side", status: "STOPPED", runtimeId: "c2", exitCode: 1 })] };
    expect(after(pair, [running, exit])).toMatchObject({ desiredStatus: "RUNNING", stopCode: null });
  });

  test("stops every container with it, also those nobody reported", () => {
    expect(after(pair, [stopped]).containers.map(({ lastStatus }) => lastStatus)).toEqual([
      "STOPPED",
      "STOPPED",
    ]);
  });

  test("keeps execution within the task's end when the agent's clock is ahead", () => {
    const state = after(app, [{ ...stopped, executionStoppedAt: NOW + 60_000 }]);
    expect(state.executionStoppedAt).toBe(state.stoppedAt);
  });

  test("has no end of execution when nothing was executed", () => {
    const failed = { containers: [aReport({ status: "STOPPED", reason: "CannotPullContainerError: no" })] };
    expect(after(app, [{ lastStatus: "STOPPED", ...failed }]).executionStoppedAt).toBeNull();
  });

  test("that a user stops keeps the user's words although its container exits by itself later", () => {
    const stop = { stopCode: "UserInitiated", stoppedReason: "mine" } as const;
    expect(after(app, [running, { stop }, stopped])).toMatchObject({
      ...stop,
      stoppingAt: NOW + 1,
      stoppedAt: NOW + 2,
    });
  });

  test("is ended by a forced deregistration in one step", () => {
    const stop = { stopCode: "UserInitiated", stoppedReason: DEREGISTRATION_FORCED } as const;
    expect(after(app, [running, { lastStatus: "STOPPED", stop }])).toMatchObject({
      ...stop,
      lastStatus: "STOPPED",
      version: 3,
    });
  });

  const stop = { stopCode: "UserInitiated", stoppedReason: "mine" } as const;
  const died = { containers: [aReport({ status: "STOPPED", runtimeId: "c1", exitCode: 3 })] };
  test.each([
    ["that runs is DEACTIVATING first", [running], { stop }, "DEACTIVATING"],
    ["that does not run yet has nothing to drain", [], { stop }, "PENDING"],
    ["that is to stop already is not asked to drain", [running, { stop }], { stop }, "RUNNING"],
    ["whose container died by itself does not wait", [running, died], { stop }, "RUNNING"],
    ["that is past draining does not go back", [running, { lastStatus: "STOPPING" }], { stop }, "STOPPING"],
    ["whose machine is gone has stopped", [running], { stop, lastStatus: "STOPPED" }, "STOPPED"],
    ["that is only reported on is not stopped", [running], running, "RUNNING"],
  ] as const)("behind a load balancer %s", (_, before, change, lastStatus) => {
    const state = after(app, before);
    const told = drainingFirst(state, { taskId: "t", ...change });
    expect((advanceTask(app, state, told, NOW + 9) ?? state).lastStatus).toBe(lastStatus);
  });

  test("drains whatever late reports say that it runs, and ends at once when its containers do", () => {
    const draining = after(app, [running, { stop, lastStatus: "DEACTIVATING" }]);
    expect(after(app, [running], draining)).toMatchObject({
      lastStatus: "DEACTIVATING",
      desiredStatus: "STOPPED",
    });
    expect(after(app, [stopped], draining)).toMatchObject({ ...stop, lastStatus: "STOPPED" });
  });

  test("takes its health from reports about essential containers with a check", () => {
    const checked = { containers: [aContainer({ hasHealthCheck: true })] };
    const health = [{ name: "app", healthStatus: "UNHEALTHY" as const }];
    expect(after(checked, [running, { health }]).healthStatus).toBe("UNHEALTHY");
    expect(after(app, [running, { health }])).toMatchObject({
      healthStatus: "UNKNOWN",
      containers: [{ healthStatus: "UNHEALTHY" }],
    });
  });

  test("ignores reports about containers it does not have", () => {
    const ghost = { containers: [aReport({ name: "ghost", status: "STOPPED", exitCode: 1 })] };
    expect(advanceTask(app, aPendingTask(), { taskId: "t", ...ghost }, NOW)).toBeNull();
  });
});

const statuses = Object.keys(TASK_STATUS_ORDER) as TaskStatus[];
const anyReport = fc.record({
  name: fc.constantFrom("app", "side", "ghost"),
  status: fc.constantFrom(null, "PENDING" as const, "RUNNING" as const, "STOPPED" as const),
  exitCode: fc.constantFrom(null, 0, 3, 137),
  reason: fc.constantFrom(null, "", "CannotPullContainerError: x", "OutOfMemoryError: x"),
  runtimeId: fc.constantFrom(null, "c1", "c2"),
  imageDigest: fc.constantFrom(null, "sha256:1"),
  networkBindings: fc.constantFrom(null, [], [{ hostPort: 1, containerPort: 2 }]),
});
const anyChange: fc.Arbitrary<Omit<TaskChange, "taskId">> = fc.record(
  {
    stop: fc.constantFrom(
      { stopCode: "UserInitiated" as const, stoppedReason: "a" },
      { stopCode: "ServiceSchedulerInitiated" as const, stoppedReason: "b" },
    ),
    lastStatus: fc.constantFrom(...statuses),
    reason: fc.constantFrom("", "ResourceInitializationError: x"),
    containers: fc.array(anyReport, { maxLength: 3 }),
    health: fc.array(
      fc.record({
        name: fc.constantFrom("app", "side"),
        healthStatus: fc.constantFrom("HEALTHY" as const, "UNHEALTHY" as const),
      }),
      { maxLength: 2 },
    ),
    pullStartedAt: fc.integer({ min: 1, max: 9 }),
    pullStoppedAt: fc.integer({ min: 1, max: 9 }),
    executionStoppedAt: fc.integer({ min: NOW - 9, max: NOW + 9 }),
  },
  { requiredKeys: [] },
);

/** Each step of applying changes, the first one being the task as it was placed. */
function steps(changes: readonly Omit<TaskChange, "taskId">[]): readonly TaskState[] {
  const states = [aPendingTask(pair.containers)];
  for (const [index, change] of changes.entries()) {
    const before = states.at(-1) as TaskState;
    states.push(advanceTask(pair, before, { taskId: "t", ...change }, NOW + index) ?? before);
  }
  return states;
}

const eachStep = (check: (before: TaskState, after: TaskState) => void) =>
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 8 }), (changes) => {
      const states = steps(changes);
      for (const [index, state] of states.entries()) {
        const next = states[index + 1];
        if (next) check(state, next);
      }
    }),
    { numRuns: 500 },
  );

describe("whatever is reported, in whatever order", () => {
  test("a status never goes back, of the task or of a container", () => {
    const order = { PENDING: 0, RUNNING: 1, STOPPED: 2 };
    eachStep((before, next) => {
      expect(hasReached(next.lastStatus, before.lastStatus)).toBe(true);
      for (const [index, container] of next.containers.entries()) {
        const earlier = before.containers[index]?.lastStatus ?? "PENDING";
        expect(order[container.lastStatus]).toBeGreaterThanOrEqual(order[earlier]);
      }
    });
  });

  test("the version rises by one with every change and by nothing otherwise", () => {
    eachStep((before, next) => {
      expect(next.version - before.version).toBe(next === before ? 0 : 1);
      if (next !== before) expect({ ...next, version: before.version }).not.toEqual(before);
    });
  });

  test("the first cause to stop wins, and a wish to stop is never withdrawn", () => {
    eachStep((before, next) => {
      if (before.stopCode === null) return;
      expect([next.stopCode, next.stoppedReason, next.stoppingAt]).toEqual([
        before.stopCode,
        before.stoppedReason,
        before.stoppingAt,
      ]);
      expect(next.desiredStatus).toBe("STOPPED");
    });
  });

  test("a stopped task never changes and always has a cause and an end", () => {
    eachStep((before, next) => {
      if (before.lastStatus === "STOPPED") expect(next).toBe(before);
      if (next.lastStatus !== "STOPPED") return;
      expect([next.desiredStatus, next.stopCode, next.stoppedReason]).not.toContain(null);
      expect(next.stoppedAt).not.toBeNull();
      expect(next.executionStoppedAt ?? 0).toBeLessThanOrEqual(next.stoppedAt ?? 0);
      if (next.executionStoppedAt !== null)
        expect(next.startedAt ?? 0).toBeLessThanOrEqual(next.executionStoppedAt);
    });
  });

  test("a fact once known is never unlearned", () => {
    const times = ["pullStartedAt", "pullStoppedAt", "startedAt", "stoppingAt"] as const;
    const facts = (state: TaskState) => [
      ...times.map((time) => state[time]),
      ...state.containers.map(({ exitCode }) => exitCode),
      ...state.containers.map(({ runtimeId }) => (runtimeId === null ? null : "known")),
    ];
    eachStep((before, next) => {
      const later = facts(next);
      expect(facts(before).map((fact, index) => fact ?? later[index])).toEqual(later);
    });
  });

  test("repeating the change that was just applied changes nothing", () => {
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 1, maxLength: 6 }), (changes) => {
        const state = steps(changes).at(-1) as TaskState;
        const last = changes.at(-1) ?? {};
        expect(advanceTask(pair, state, { taskId: "t", ...last }, NOW + 99)).toBeNull();
      }),
    );
  });
});

test("an agent's reports, shuffled and repeated, end in the same status and exit codes", () => {
  // What an agent says of one run: each report carries what it knows of a container at that time.
  const reports: Omit<TaskChange, "taskId">[] = [
    { pullStartedAt: 1 },
    { pullStoppedAt: 2, containers: [aReport({ status: "PENDING", imageDigest: "sha256:1" })] },
    running,
    { containers: [aReport({ name: "side", status: "RUNNING", runtimeId: "c2" })] },
    { containers: [aReport({ name: "side", status: "STOPPED", runtimeId: "c2", exitCode: 7 })] },
    {
      lastStatus: "STOPPED",
      executionStoppedAt: NOW - 1,
      containers: [
        aReport({ status: "STOPPED", runtimeId: "c1", exitCode: 3 }),
        aReport({ name: "side", status: "STOPPED", runtimeId: "c2", exitCode: 7 }),
      ],
    },
  ];
  const order = fc
    .shuffledSubarray(reports, { minLength: reports.length })
    .chain((once) =>
      fc.array(fc.constantFrom(...reports), { maxLength: 4 }).map((more) => [...more, ...once]),
    );
  fc.assert(
    fc.property(order, (changes) => {
      const end = steps(changes).at(-1);
      expect(end).toMatchObject({ lastStatus: "STOPPED", stopCode: "EssentialContainerExited" });
      expect(end?.containers.map(({ exitCode, runtimeId }) => [exitCode, runtimeId])).toEqual([
        [3, "c1"],
        [7, "c2"],
      ]);
    }),
  );
});
