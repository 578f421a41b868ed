/** `roadstead doctor`: checks this machine, prints each finding and its fix, and fails when something must be mended. */
import { CHECKS, type Finding } from "../machine-checks.ts";
import { openStack } from "../stack.ts";
import { table } from "../status-report.ts";

export async function doctor(): Promise<number> {
  const stack = openStack();
  const findings = await Promise.all(
    CHECKS.map(async ({ name, run }) => ({ name, ...(await finding(() => run(stack))) })),
  );
  const rows = table(findings.map(({ name, outcome, detail }) => [outcome.toUpperCase(), name, detail]));
  const lines = findings.flatMap(({ fix }, at) => [
    rows[at] ?? "",
    ...(fix === "" ? [] : [`        fix: ${fix}`]),
  ]);
  process.stdout.write(`${lines.join("\n")}\n`);
  return findings.some((f) => f.outcome === "fail") ? 1 : 0;
}

/** A check that cannot look is a finding, not a crash. */
async function finding(run: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    return {
      outcome: "fail",
      detail: `could not be checked: ${error instanceof Error ? error.message : error}`,
      fix: "",
    };
  }
}
