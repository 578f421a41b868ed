import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, desire, type Observation } from "./advance.ts";
import { readinessOf } from "./dependencies.ts";
import { type Action, nextActions } from "./next-actions.ts";
import { acknowledged, nextReport } from "./next-report.ts";
import { newTask, REPORTED_STATUSES, recordOf, specOf, type TaskRecord } from "./task.ts";
import { aContainerSpec, aTaskSpec } from "./task-fixture.ts";

const timings = (now: number) => ({ now, stopTimeoutSeconds: 30, cleanupAfterMs: 1_000 });
const started = (at = 0): Observation => ({ kind: "started", runtimeId: "id", at, bindings: [] });
const exited = (exitCode: number | null, at = 0): Observation => ({
  kind: "exited",
  exitCode,
  oomKilled: false,
  at,
});
const after = (task: TaskRecord, name: string, ...seen: readonly Observation[]) =>
  seen.reduce((sofar, observation) => advance(sofar, name, observation, 0), task);

const appAndSide = (condition: "START" | "COMPLETE" | "SUCCESS" | "HEALTHY", side = {}) =>
  newTask(
    aTaskSpec({
      containers: [
        aContainerSpec({ name: "app", dependsOn: [{ containerName: "side", condition }] }),
        aContainerSpec({ name: "side", essential: false, ...side }),
      ],
    }),
    "RUNNING",
    0,
  );

describe("a container starts when what it depends on has", () => {
  test.each([
    ["START", [], "waiting"],
    ["START", [started()], "ready"],
    ["START", [started(), exited(0)], "ready"],
    ["START", [{ kind: "failed", reason: "x" }], "never"],
    ["COMPLETE", [started()], "waiting"],
    ["COMPLETE", [started(), exited(3)], "ready"],
    ["COMPLETE", [started(), exited(null)], "never"],
    ["SUCCESS", [started(), exited(0)], "ready"],
    ["SUCCESS", [started(), exited(1)], "never"],
    ["HEALTHY", [started()], "waiting"],
    ["HEALTHY", [started(), { kind: "health", health: "UNHEALTHY" }], "waiting"],
    ["HEALTHY", [started(), { kind: "health", health: "HEALTHY" }], "ready"],
    ["HEALTHY", [started(), { kind: "health", health: "HEALTHY" }, exited(0)], "never"],
  ] as const)("%s after %j: %s", (condition, seen, kind) => {
    const task = after(appAndSide(condition), "side", ...(seen as readonly Observation[]));
    const app = specOf(task, "app");
    expect(app && readinessOf(task, app, 0).kind).toBe(kind);
  });

  test("and its dependency's start timeout, counted from that one's own start, ends the wait", () => {
    const task = after(appAndSide("HEALTHY", { startTimeoutSeconds: 2 }), "side", started(1_000));
    expect(nextActions(task, timings(1_000))).toEqual([{ kind: "wake", at: 3_000 }]);
    expect(nextActions(task, timings(3_000))).toMatchObject([{ kind: "neverStarts", container: "app" }]);
  });

  test("links and borrowed volumes count as START", () => {
    const app = aContainerSpec({
      links: ["db:alias"],
      volumesFrom: [{ sourceContainer: "data", readOnly: true }],
    });
    const others = [aContainerSpec({ name: "db" }), aContainerSpec({ name: "data" })];
    const task = newTask(aTaskSpec({ containers: [app, ...others] }), "RUNNING", 0);
    expect(readinessOf(task, app, 0).kind).toBe("waiting");
    expect(readinessOf(after(after(task, "db", started()), "data", started()), app, 0).kind).toBe("ready");
  });
});

describe("the end of a container", () => {
  const running = ["app", "side"].reduce((task, name) => after(task, name, started()), appAndSide("START"));

  test("ends the task when it was essential, whatever its exit code", () => {
    expect(after(running, "app", exited(0)).desired).toBe("STOPPED");
  });

  test("changes nothing for the task when it was not", () => {
    const task = after(running, "side", exited(1));
    expect(task.desired).toBe("RUNNING");
    expect(task.stoppedAt).toBeNull();
  });

  test("of memory has the public agent's reason", () => {
    const task = after(running, "app", { kind: "exited", exitCode: 137, oomKilled: true, at: 5 });
    expect(recordOf(task, "app")?.reason).toBe("OutOfMemoryError: Container killed due to memory usage");
  });

  test("leads to a stop of the others, dependents first", () => {
    const stopping = desire(running, "STOPPED");
    expect(nextActions(stopping, timings(0))).toEqual([
      { kind: "stop", container: "app", timeoutSeconds: 30 },
    ]);
    const next = after(stopping, "app", exited(143));
    expect(nextActions(next, timings(0))).toEqual([{ kind: "stop", container: "side", timeoutSeconds: 30 }]);
  });
});

describe("a restart policy", () => {
  const restartPolicy = { enabled: true, ignoredExitCodes: [0], restartAttemptPeriodSeconds: 60 };
  const running = after(
    newTask(aTaskSpec({ containers: [aContainerSpec({ restartPolicy })] }), "RUNNING", 0),
    "app",
    started(0),
  );

  test.each([
    ["a failure after the period", exited(1, 60_000), "CREATED"],
    ["a failure within the period", exited(1, 59_999), "STOPPED"],
    ["an ignored exit code", exited(0, 60_000), "STOPPED"],
    ["an end without exit code", exited(null, 60_000), "STOPPED"],
  ])("on %s", (_, observation, phase) => {
    expect(recordOf(after(running, "app", observation), "app")?.phase).toBe(phase);
  });

  test("does not apply to a task that is to stop", () => {
    const task = after(desire(running, "STOPPED"), "app", exited(1, 60_000));
    expect(task.stoppedAt).not.toBeNull();
  });

  test("keeps the task RUNNING for the control plane", () => {
    const first = nextReport(running);
    const heard = first ? acknowledged(running, first) : running;
    expect(nextReport(after(heard, "app", exited(1, 60_000)))).toBeNull();
  });
});

const name = fc.constantFrom("app", "side", "third");
const observation: fc.Arbitrary<Observation> = fc.oneof(
  fc.constantFrom<Observation>(
    { kind: "pullStarted" },
    { kind: "pulled", imageDigest: "sha256:x" },
    { kind: "created", runtimeId: "id" },
    { kind: "vanished" },
    { kind: "failed", reason: "CannotStartContainerError: x" },
    { kind: "abandoned" },
    { kind: "health", health: "HEALTHY" },
  ),
  fc.nat(1_000).map((at): Observation => started(at)),
  fc
    .record({ code: fc.option(fc.nat(255)), oomKilled: fc.boolean(), at: fc.nat(1_000_000) })
    .map(({ code, oomKilled, at }): Observation => ({ kind: "exited", exitCode: code, oomKilled, at })),
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ name, observation }) },
  { weight: 1, arbitrary: fc.constant("stop" as const) },
  { weight: 4, arbitrary: fc.constant("report" as const) },
);
const threeContainers = newTask(
  aTaskSpec({
    containers: [
      aContainerSpec({
        restartPolicy: { enabled: true, ignoredExitCodes: [], restartAttemptPeriodSeconds: 60 },
      }),
      aContainerSpec({ name: "side", essential: false }),
      aContainerSpec({ name: "third", links: ["side"] }),
    ],
  }),
  "RUNNING",
  0,
);
const rank = (status: string) => (REPORTED_STATUSES as readonly string[]).indexOf(status);

describe("whatever is observed, in whatever order", () => {
  test("no status is ever reported lower than before, and STOPPED is the last word", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let task = threeContainers;
        const hear = monotone();
        for (const [at, taken] of steps.entries()) {
          if (taken === "stop") task = desire(task, "STOPPED");
          else if (taken === "report") task = heard(task, hear);
          else task = advance(task, taken.name, taken.observation, at);
        }
        expect(endOf(task, hear)).toBe(task.stoppedAt === null ? "open" : "STOPPED STOPPED STOPPED STOPPED");
      }),
    );
  });

  test("an essential container that stopped leaves the task to be stopped", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name, observation }), { maxLength: 40 }), (seen) => {
        const task = seen.reduce(
          (sofar, one, at) => advance(sofar, one.name, one.observation, at),
          threeContainers,
        );
        const isOver = task.containers.some((c) => c.phase === "STOPPED" && specOf(task, c.name)?.essential);
        expect(task.desired === "STOPPED").toBe(isOver);
      }),
    );
  });

  test("a container is never stopped before one that depends on it", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name, observation }), { maxLength: 40 }), (seen) => {
        const task = seen.reduce(
          (sofar, one, at) => advance(sofar, one.name, one.observation, at),
          threeContainers,
        );
        const actions = nextActions(desire(task, "STOPPED"), timings(0));
        if (stops(actions).includes("side")) expect(recordOf(task, "third")?.phase).toBe("STOPPED");
      }),
    );
  });

  test("carrying out what is due, each step succeeding, ends with all running and then all stopped", () => {
    let task = threeContainers;
    for (let round = 0; round < 10; round += 1) task = nextActions(task, timings(0)).reduce(succeed, task);
    expect(task.containers.map(({ phase }) => phase)).toEqual(["RUNNING", "RUNNING", "RUNNING"]);
    task = desire(task, "STOPPED");
    for (let round = 0; round < 4; round += 1) task = nextActions(task, timings(0)).reduce(succeed, task);
    expect(task.stoppedAt).not.toBeNull();
  });
});

/** Fails when something is said of a key that is lower than what was said before. */
function monotone() {
  const last = new Map<string, number>();
  return (key: string, status: string) => {
    expect(rank(status)).toBeGreaterThanOrEqual(last.get(key) ?? 0);
    last.set(key, rank(status));
  };
}

function heard(task: TaskRecord, hear: (key: string, status: string) => void): TaskRecord {
  const report = nextReport(task);
  if (!report) return task;
  hear("task", report.status);
  for (const { containerName, status } of report.containers) hear(`container ${containerName}`, status);
  return acknowledged(task, report);
}

/** What the control plane knows once everything of a stopped task is reported. */
function endOf(task: TaskRecord, hear: (key: string, status: string) => void): string {
  if (task.stoppedAt === null) return "open";
  let told = task;
  while (nextReport(told)) told = heard(told, hear);
  return [told.reported.task, ...Object.values(told.reported.containers)].join(" ");
}

const stops = (actions: readonly Action[]) =>
  actions.flatMap((action) => (action.kind === "stop" ? [action.container] : []));

function succeed(task: TaskRecord, action: Action): TaskRecord {
  switch (action.kind) {
    case "pull":
      return advance(task, action.container, { kind: "pulled", imageDigest: null }, 0);
    case "create":
      return advance(task, action.container, { kind: "created", runtimeId: "id" }, 0);
    case "start":
      return advance(task, action.container, started(), 0);
    case "stop":
      return advance(task, action.container, exited(143), 0);
    default:
      return task;
  }
}
