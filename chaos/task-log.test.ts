import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BandChange,
  leftBand,
  lostTasks,
  startedInVain,
  type TaskEvent,
  unorderly,
} from "./task-log.ts";

const change = (more: Partial<BandChange> = {}): BandChange => ({
  sentMs: 0,
  answeredMs: 0,
  desiredCount: 2,
  minimumHealthyPercent: 100,
  maximumPercent: 150,
  ...more,
});

/** `a+` is placed, `a=` runs, `a-` is told to stop by its service, `a!` ends by itself, `a.` has stopped as told; one a second. */
function log(text: string, everyMs = 2_000): TaskEvent[] {
  const versions = new Map<string, number>();
  const told = new Set<string>();
  return text.split(" ").map((word, n) => {
    const [taskId = "", sign] = word;
    const version = (versions.get(taskId) ?? 0) + 1;
    versions.set(taskId, version);
    if (sign === "-") told.add(taskId);
    const status = { "+": "PENDING", "=": "RUNNING", "-": "RUNNING", "!": "STOPPED", ".": "STOPPED" }[
      sign ?? ""
    ];
    const ends = sign === "-" || sign === "." || sign === "!";
    return {
      taskId,
      deploymentId: taskId === taskId.toUpperCase() ? "new" : "old",
      version,
      desiredStatus: ends ? "STOPPED" : "RUNNING",
      lastStatus: status ?? "",
      stopCode: told.has(taskId)
        ? "ServiceSchedulerInitiated"
        : sign === "!"
          ? "EssentialContainerExited"
          : null,
      atMs: 1 + n * everyMs,
      createdAtMs: 1 + n * everyMs,
    };
  });
}

const broken = (text: string, changes = [change()], everyMs?: number) =>
  leftBand(log(text, everyMs), changes).map(({ what }) => what);

describe("the band", () => {
  const BEGUN = "a+ b+ a= b=";

  test("holds while a service begins, is rolled one by one, and ends whole", () => {
    expect(broken(`${BEGUN} A+ A= a- a. B+ B= b- b.`)).toEqual([]);
  });

  test("is left by a stop that comes too early", () => {
    expect(broken(`${BEGUN} A+ a- A= a.`)).toEqual(["left 1 healthy where the band wants 2"]);
  });

  test("is left by a start before the one that stops is gone", () => {
    expect(broken(`${BEGUN} A+ A= a- B+`)).toEqual(["made 4 alive where the band allows 3"]);
  });

  test("excuses what nobody decided, and what was decided before it was seen", () => {
    expect(broken(`${BEGUN} a! A+ A=`)).toEqual([]);
    expect(broken(`${BEGUN} A+ A= b! a-`, [change()], 100)).toEqual([]);
  });

  test("excuses no stop after a loss was seen", () => {
    expect(broken(`${BEGUN} A+ A= b! a-`)).toEqual(["left 1 healthy where the band wants 2"]);
  });

  test("excuses a loss only until it is made good", () => {
    expect(broken(`${BEGUN} a! A+ A= b-`)).toEqual(["left 1 healthy where the band wants 2"]);
  });

  test("may be left behind by a change of the count, but not be left further", () => {
    const more = [change(), change({ sentMs: 7_500, answeredMs: 7_600, desiredCount: 4 })];
    expect(broken(`${BEGUN} A+ A= B+ B=`, more)).toEqual([]);
    expect(broken(`${BEGUN} A+ a-`, more)).toEqual(["left 1 healthy where the band wants 4"]);
    const fewer = [
      change({ maximumPercent: 100 }),
      change({ sentMs: 7_500, answeredMs: 7_600, desiredCount: 1, maximumPercent: 100 }),
    ];
    expect(broken(`${BEGUN} a- a. A+`, fewer)).toEqual(["made 2 alive where the band allows 1"]);
  });

  test("counts a task from when it was made, not from when it found its place", () => {
    const fewer = [
      change(),
      change({ sentMs: 7_500, answeredMs: 7_600, desiredCount: 1, maximumPercent: 200 }),
    ];
    const events = (madeAtMs: number) =>
      log(`${BEGUN} A+`).map((e) => (e.taskId === "A" ? { ...e, createdAtMs: madeAtMs } : e));
    expect(leftBand(events(7_000), fewer)).toEqual([]);
    expect(leftBand(events(7_700), fewer).map(({ what }) => what)).toEqual([
      "made 3 alive where the band allows 2",
    ]);
  });

  test("is either one while a request that changes it is under way", () => {
    const under = [
      change(),
      change({ sentMs: 7_500, answeredMs: Number.POSITIVE_INFINITY, desiredCount: 1 }),
    ];
    expect(broken(`${BEGUN} a- a.`, under)).toEqual([]);
    expect(broken(`${BEGUN} a- b-`, under)).toEqual(["left 0 healthy where the band wants 1"]);
  });

  test("is left by any stop that takes the last spare healthy task", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.constantFrom(0, 50, 100), (desired, percent) => {
        const names = "abcdefgh".slice(0, desired).split("");
        const begun = names.flatMap((name) => [`${name}+`, `${name}=`]);
        const lower = Math.ceil((desired * percent) / 100);
        const spare = names.slice(0, desired - lower).map((name) => `${name}-`);
        const bands = [change({ desiredCount: desired, minimumHealthyPercent: percent })];
        expect(broken([...begun, ...spare].join(" "), bands)).toEqual([]);
        const one = names[desired - lower];
        if (one) expect(broken([...begun, ...spare, `${one}-`].join(" "), bands)).toHaveLength(1);
      }),
    );
  });
});

describe("the log", () => {
  test("with one event for each version in order is well", () => {
    expect(unorderly(log("a+ b+ a= b= a- a. b!"))).toEqual([]);
  });

  test.each<[string, (events: TaskEvent[]) => TaskEvent[], string]>([
    ["lacks one", (events) => events.toSpliced(1, 1), "has an event of version 3 where 2 was due"],
    [
      "has one twice",
      (events) => [...events, ...events.slice(-1)],
      "has an event of version 3 where 4 was due",
    ],
    [
      "goes back",
      (events) => events.map((e) => (e.version === 3 ? { ...e, lastStatus: "PENDING" } : e)),
      "went from RUNNING back to PENDING",
    ],
    [
      "takes a stop back",
      (events) => [...events, { ...(events[2] as TaskEvent), version: 4, desiredStatus: "RUNNING" }],
      "was to stop and then was not",
    ],
  ])("is found out when it %s", (_, spoil, expected) => {
    expect(unorderly(spoil(log("a+ a= a-"))).map(({ what }) => what)).toEqual([expected]);
  });
});

test("a task of the newest deployment that its own service stopped was started in vain", () => {
  expect(startedInVain(log("a+ a= A+ A= a- a."), "new")).toEqual([]);
  expect(startedInVain(log("A+ A= B+ B= B- B."), "new")).toMatchObject([{ invariant: "I6", about: "B" }]);
});

test("a task that ended though nobody wanted it to is lost, unless the fault killed as many", () => {
  expect(lostTasks(log("a+ a= a- a. b+ b= b!"), 1)).toEqual([]);
  expect(lostTasks(log("a+ a= a- a. b+ b= b!"), 0)).toMatchObject([{ invariant: "I1", about: "b" }]);
});
