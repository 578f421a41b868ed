/** Sums what vitest's JSON reports say; `test` prints it as its last line. Pure. */

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

interface VitestReport {
  readonly testResults?: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** A file that could not be read counts as one failure: its tests did not pass. */
function countTests(report: VitestReport): TestCount {
  const files = report.testResults ?? [];
  return files.map(countFile).reduce(addCounts, { passed: 0, failed: 0 });
}

function countFile({
  status,
  assertionResults,
}: {
  status: string;
  assertionResults: readonly { status: string }[];
}) {
  const passed = assertionResults.filter((a) => a.status === "passed").length;
  const failed = assertionResults.filter((a) => a.status === "failed").length;
  return { passed, failed: failed === 0 && status === "failed" ? 1 : failed };
}

/** A run that ended badly without naming a failed test, or left no report, is itself a failure. */
export function countRun(report: VitestReport | null, exitCode: number | null): TestCount {
  const count = report === null ? { passed: 0, failed: 0 } : countTests(report);
  return exitCode !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

export const addCounts = (a: TestCount, b: TestCount): TestCount => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
});

export const renderCount = ({ passed, failed }: TestCount): string => `${passed} passed, ${failed} failed`;
