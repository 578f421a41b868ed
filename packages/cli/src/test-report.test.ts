import { describe, expect, test } from "vitest";
import { addCounts, countRun, renderCount, renderFailures } from "./test-report.ts";

const report = {
  testResults: [
    {
      status: "passed",
      assertionResults: [{ status: "passed" }, { status: "passed" }, { status: "skipped" }],
    },
    { status: "failed", assertionResults: [{ status: "passed" }, { status: "failed" }] },
    { status: "failed", assertionResults: [] },
  ],
};

describe("test counts", () => {
  test("sum passed and failed tests, and a file that could not be read as one failure", () =>
    expect(countRun(report, 1)).toEqual({ passed: 3, failed: 2 }));

  test("a run that ended badly without a failed test is a failure", () => {
    expect(countRun({ testResults: [] }, 1)).toEqual({ passed: 0, failed: 1 });
    expect(countRun(null, null)).toEqual({ passed: 0, failed: 1 });
    expect(countRun({ testResults: [] }, 0)).toEqual({ passed: 0, failed: 0 });
  });

  test("what failed is named in one line each, with the first line of its message", () => {
    const failed = { status: "failed", fullName: "a task stops", failureMessages: ["Error: no\n at x"] };
    const files = [
      { name: "a.test.ts", status: "failed", assertionResults: [{ status: "passed" }, failed] },
      { name: "b.test.ts", status: "failed", message: "cannot read\nit", assertionResults: [] },
      { name: "c.test.ts", status: "passed", assertionResults: [{ status: "passed" }] },
    ];
    expect(renderFailures({ testResults: files })).toEqual([
      "failed: a.test.ts > a task stops > Error: no",
      "failed: b.test.ts > could not be run > cannot read",
    ]);
    expect(renderFailures(null)).toEqual([]);
  });

  test("the last line stands alone", () =>
    expect(renderCount(addCounts({ passed: 2, failed: 0 }, { passed: 1, failed: 1 }))).toBe(
      "3 passed, 1 failed",
    ));
});
