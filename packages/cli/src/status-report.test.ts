import { describe, expect, test } from "vitest";
import { parseRollup } from "./memory.ts";
import { duration, renderStatus, type StatusReport, table } from "./status-report.ts";

const MIB = 1024 * 1024;

const aReport = (changes: Partial<StatusReport> = {}): StatusReport => ({
  dataDir: "/d",
  ready: true,
  processes: [
    {
      name: "edge",
      pid: 7,
      uptimeSeconds: 61,
      ready: true,
      detail: "",
      restarts: 0,
      rssBytes: 90 * MIB,
      pssBytes: 60 * MIB,
    },
  ],
  total: { rssBytes: 90 * MIB, pssBytes: 60 * MIB },
  endpoints: {
    api: "http://127.0.0.1:4700",
    agentGateway: "http://127.0.0.1:4702",
    registry: "127.0.0.1:4701",
  },
  lag: { overdueBells: 0, oldestMs: 0, deadLetters: 0 },
  ...changes,
});

describe("renderStatus", () => {
  test("shows a process's pid, age and memory", () =>
    expect(renderStatus(aReport())).toMatch(/^edge +7 +1m1s +60 MiB +90 MiB +yes$/m));

  test("says why something is not ready", () => {
    const broken = {
      name: "agent",
      pid: null,
      uptimeSeconds: null,
      ready: false,
      detail: "not running",
      restarts: 3,
      rssBytes: 0,
      pssBytes: 0,
    };
    const text = renderStatus(aReport({ ready: false, processes: [broken] }));
    expect(text).toMatch(/^agent +- +- +0 MiB +0 MiB +NO +3 restarts$/m);
    expect(text).toContain("agent: not running");
  });

  test("shows the lag, the dead letters, and that they are unknown without a database", () => {
    expect(renderStatus(aReport())).toMatch(/^lag +none$/m);
    expect(renderStatus(aReport({ lag: { overdueBells: 2, oldestMs: 40, deadLetters: 1 } }))).toContain(
      "2 overdue, the oldest by 40 ms; 1 dead letters",
    );
    expect(renderStatus(aReport({ lag: null }))).toContain("does not answer");
  });
});

test("columns are as wide as their widest cell", () =>
  expect(
    table([
      ["A", "B"],
      ["long", "x"],
    ]),
  ).toEqual(["A     B", "long  x"]));

test.each([
  [5, "5s"],
  [65, "1m5s"],
  [3_700, "1h1m"],
  [90_000, "1d1h"],
])("%i seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

test("memory is read from the kernel's own sums", () =>
  expect(
    parseRollup("7f-8f ---p 0 00:00 0 [rollup]\nRss:     1000 kB\nPss:      500 kB\nPss_Dirty: 9 kB\n"),
  ).toEqual({
    rssBytes: 1_024_000,
    pssBytes: 512_000,
  }));
