/** Sums what vitest's JSON reports say, and names what failed; `test` ends with it. Pure. */

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

interface TestResult {
  readonly status: string;
  readonly fullName?: string;
  readonly failureMessages?: readonly string[] | null;
}

interface FileResult {
  readonly name?: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly TestResult[];
}

export interface VitestReport {
  readonly testResults?: readonly FileResult[];
}

/** A file that could not be read counts as one failure: its tests did not pass. */
function countTests(report: VitestReport): TestCount {
  const files = report.testResults ?? [];
  return files.map(countFile).reduce(addCounts, { passed: 0, failed: 0 });
}

function countFile({ status, assertionResults }: FileResult) {
  const passed = assertionResults.filter((a) => a.status === "passed").length;
  const failed = assertionResults.filter((a) => a.status === "failed").length;
  return { passed, failed: failed === 0 && status === "failed" ? 1 : failed };
}

/** A run that ended badly without naming a failed test, or left no report, is itself a failure. */
export function countRun(report: VitestReport | null, exitCode: number | null): TestCount {
  const count = report === null ? { passed: 0, failed: 0 } : countTests(report);
  return exitCode !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** A line for each test that failed, and for each file that could not be read: where it is and what it said first. */
export function renderFailures(report: VitestReport | null): string[] {
  return (report?.testResults ?? []).flatMap((file) => {
    const failed = file.assertionResults.filter((a) => a.status === "failed");
    if (failed.length === 0) {
      return file.status === "failed" ? [failureLine(file.name, "could not be run", file.message)] : [];
    }
    return failed.map((a) => failureLine(file.name, a.fullName, a.failureMessages?.[0]));
  });
}

const failureLine = (...[file, test, message]: readonly (string | undefined)[]) =>
  `failed: ${[file, test, message?.split("\n")[0]].filter((part) => part).join(" > ")}`;

export const addCounts = (a: TestCount, b: TestCount): TestCount => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
});

export const renderCount = ({ passed, failed }: TestCount): string => `${passed} passed, ${failed} failed`;
