import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backwards, type SeenContainer, type SeenTask, type Snapshot, violations } from "./invariants.ts";

const task = (taskArn: string, more: Partial<SeenTask> = {}): SeenTask => ({
  taskArn,
  lastStatus: "RUNNING",
  stopCode: null,
  stoppedReason: null,
  exitCodes: [null],
  version: 2,
  ...more,
});

const stopped = (taskArn: string, exitCode: number | null = 0) =>
  task(taskArn, {
    lastStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    exitCodes: [exitCode],
  });

const running = (taskArn: string, id = `c-${taskArn}`): SeenContainer => ({
  id,
  taskArn,
  running: true,
  exitCode: null,
});
const ended = (taskArn: string, exitCode: number): SeenContainer => ({
  id: `c-${taskArn}`,
  taskArn,
  running: false,
  exitCode,
});

const seen = (more: Partial<Snapshot> = {}): Snapshot => ({
  launches: [{ clientToken: "t", answers: [["a"]] }],
  tasks: [task("a")],
  containers: [running("a")],
  instances: [],
  ...more,
});

const broken = (snapshot: Snapshot) =>
  violations(snapshot).map(({ invariant, what }) => `${invariant} ${what}`);

test("a task that runs in one container breaks nothing", () => {
  expect(violations(seen())).toEqual([]);
});

test("a task that stopped truthfully breaks nothing, with its container or after it", () => {
  expect(violations(seen({ tasks: [stopped("a", 3)], containers: [ended("a", 3)] }))).toEqual([]);
  expect(violations(seen({ tasks: [stopped("a", null)], containers: [] }))).toEqual([]);
});

describe("a violation is found:", () => {
  test.each<[string, Partial<Snapshot>, string]>([
    ["a lost task", { tasks: [], containers: [] }, "I1 was acknowledged and is not known"],
    ["two containers", { containers: [running("a", "1"), running("a", "2")] }, "I2 has 2 containers"],
    ["no container", { containers: [] }, "I2 says RUNNING and has no container"],
    ["an ended container", { containers: [ended("a", 0)] }, "I2 says RUNNING and its container has ended"],
    ["a task that hangs", { tasks: [task("a", { lastStatus: "PENDING" })] }, "I4 is still PENDING"],
    ["a false stop", { tasks: [stopped("a")] }, "I2 says STOPPED and its container runs"],
    [
      "a false exit code",
      { tasks: [stopped("a", 0)], containers: [ended("a", 137)] },
      "I2 says its container ended with 0, which ended with 137",
    ],
    [
      "a stop without a reason",
      { tasks: [{ ...stopped("a"), stoppedReason: null }], containers: [] },
      "I2 says STOPPED without a reason",
    ],
    [
      "an ownerless container",
      { containers: [running("a"), running("b")] },
      "I2 runs for b, which nobody knows",
    ],
    [
      "a task in no answer",
      { tasks: [task("a"), task("b")], containers: [running("a"), running("b")] },
      "I6 exists and was in no answer",
    ],
    [
      "two answers to one token",
      {
        launches: [{ clientToken: "t", answers: [["a"], ["b"]] }],
        tasks: [task("a"), task("b")],
        containers: [running("a"), running("b")],
      },
      "I6 was answered with 2 different sets of tasks",
    ],
    [
      "an oversubscribed instance",
      { instances: [{ arn: "i", registeredCpu: 100, remainingCpu: -20, cpuOfItsTasks: 120 }] },
      "I7 has 100 units, says -20 are free, and its tasks hold 120",
    ],
    [
      "capacity that was not given back",
      { instances: [{ arn: "i", registeredCpu: 100, remainingCpu: 60, cpuOfItsTasks: 20 }] },
      "I7 has 100 units, says 60 are free, and its tasks hold 20",
    ],
  ])("%s", (_, change, expected) => {
    expect(broken(seen(change))).toEqual([expected]);
  });
});

test("the same answer given again, in another order, is no second launch", () => {
  const launches = [
    {
      clientToken: "t",
      answers: [
        ["a", "b"],
        ["b", "a"],
        ["a", "b"],
      ],
    },
  ];
  expect(
    violations(seen({ launches, tasks: [task("a"), task("b")], containers: [running("a"), running("b")] })),
  ).toEqual([]);
});

test("whatever is taken away from a consistent system is missed", () => {
  const arns = fc.uniqueArray(fc.stringMatching(/^[a-f0-9]{4}$/), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(arns, fc.nat(), fc.boolean(), (all, index, takeTask) => {
      const whole = seen({
        launches: [{ clientToken: "t", answers: [all] }],
        tasks: all.map((arn) => task(arn)),
        containers: all.map((arn) => running(arn)),
      });
      expect(violations(whole)).toEqual([]);
      const without = <T>(items: readonly T[]) => items.filter((_, at) => at !== index % all.length);
      const less = takeTask
        ? { ...whole, tasks: without(whole.tasks) }
        : { ...whole, containers: without(whole.containers) };
      expect(violations(less).length).toBeGreaterThan(0);
    }),
  );
});

describe("a task goes forward only:", () => {
  test("a later status or version is well", () => {
    expect(backwards([task("a", { lastStatus: "PENDING", version: 1 })], [task("a")])).toEqual([]);
    expect(backwards([task("a")], [task("a"), task("b")])).toEqual([]);
  });

  test("an earlier status or version is not", () => {
    expect(backwards([stopped("a")], [task("a")])).toMatchObject([
      { invariant: "I3", what: "went from STOPPED back to RUNNING" },
    ]);
    expect(backwards([task("a", { version: 5 })], [task("a")])).toMatchObject([
      { invariant: "I3", what: "went from version 5 back to 2" },
    ]);
  });
});
