import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "..", "chaos", "soak.ts");
const TIMEOUT_MS = 400_000;
/** Kills api and agent while tasks are launched, api and registry under pushes, the deployer and the gateway in updates. */
const ROUNDS = ["--rounds", "4", "--seed", "2443", "--size", "4", "--workloads", "tasks,update,push"];

test(
  "processes killed while tasks are launched, services updated and images pushed break no promise",
  async () => {
    const args = ["--disable-warning=ExperimentalWarning", PROGRAM, ...ROUNDS];
    const output = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MS }).then(
      ({ stdout }) => stdout,
      (error: { readonly stdout: string; readonly stderr: string }) =>
        `FAILED\n${error.stdout}\n${error.stderr}`,
    );
    expect(output).toContain("Every promise was kept.");
  },
  TIMEOUT_MS + 10_000,
);
