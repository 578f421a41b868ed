import { describe, expect, test } from "vitest";
import {
  BACKOFF_MAX_MS,
  backoffMs,
  decide,
  failuresAfterExit,
  type Observed,
  STEADY_AFTER_MS,
} from "./decide.ts";

const NOW = 1_000_000;

const aProcess = (changes: Partial<Observed> = {}): Observed => ({
  name: "edge",
  wanted: { hash: "a" },
  running: null,
  failures: 0,
  endedAt: null,
  ...changes,
});

const aRun = (changes: Partial<NonNullable<Observed["running"]>> = {}) => ({
  hash: "a",
  tier: 1,
  stopTimeoutMs: 10_000,
  stopAskedAt: null,
  ...changes,
});

describe("decide", () => {
  test("starts what is wanted and does not run", () =>
    expect(decide([aProcess()], NOW)).toEqual([{ kind: "start", name: "edge" }]));

  test("leaves alone what runs as wanted", () =>
    expect(decide([aProcess({ running: aRun() })], NOW)).toEqual([]));

  test("waits for the back-off after an end, then starts", () => {
    const ended = aProcess({ failures: 3, endedAt: NOW });
    expect(decide([ended], NOW + 799)).toEqual([]);
    expect(decide([ended], NOW + 800)).toEqual([{ kind: "start", name: "edge" }]);
  });

  test("stops a process whose specification changed before it starts the new one", () => {
    const changed = aProcess({ wanted: { hash: "b" }, running: aRun() });
    expect(decide([changed], NOW)).toEqual([{ kind: "stop", name: "edge" }]);
    expect(decide([aProcess({ wanted: { hash: "b" } })], NOW)).toEqual([{ kind: "start", name: "edge" }]);
  });

  test("takes stores away only when nothing above them is leaving", () => {
    const store = aProcess({ name: "postgres", wanted: null, running: aRun({ tier: 0 }) });
    const service = aProcess({ wanted: null, running: aRun({ stopAskedAt: NOW }) });
    expect(decide([store, service], NOW)).toEqual([]);
    expect(decide([store], NOW)).toEqual([{ kind: "stop", name: "postgres" }]);
  });

  test("kills what does not stop in its time", () => {
    const stopping = aProcess({ wanted: null, running: aRun({ stopAskedAt: NOW }) });
    expect(decide([stopping], NOW + 10_000)).toEqual([]);
    expect(decide([stopping], NOW + 10_001)).toEqual([{ kind: "kill", name: "edge" }]);
  });

  test("forgets what is neither wanted nor running, and leaves when that is everything", () => {
    const gone = aProcess({ wanted: null });
    expect(decide([gone], NOW)).toEqual([{ kind: "forget", name: "edge" }, { kind: "exit" }]);
    expect(decide([gone, aProcess({ name: "api", running: aRun() })], NOW)).toEqual([
      { kind: "forget", name: "edge" },
    ]);
  });
});

describe("back-off", () => {
  test("doubles from 0.2 s and ends at 5 s", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 50].map(backoffMs)).toEqual([
      0,
      200,
      400,
      800,
      1600,
      3200,
      BACKOFF_MAX_MS,
      BACKOFF_MAX_MS,
    ]);
  });

  test("begins anew after a run that was steady", () => {
    expect(failuresAfterExit(7, STEADY_AFTER_MS)).toBe(1);
    expect(failuresAfterExit(7, STEADY_AFTER_MS - 1)).toBe(8);
  });
});
