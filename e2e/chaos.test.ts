import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "..", "chaos", "kill-each-process.ts");
const TIMEOUT_MS = 240_000;

test(
  "each process killed while 15 tasks are launched, and Redis emptied, breaks no promise",
  async () => {
    const args = ["--disable-warning=ExperimentalWarning", PROGRAM, "--tasks", "15", "--seed", "7"];
    const output = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MS }).then(
      ({ stdout }) => stdout,
      (error: { readonly stdout: string; readonly stderr: string }) =>
        `FAILED\n${error.stdout}\n${error.stderr}`,
    );
    expect(output).toContain("Every promise was kept.");
  },
  TIMEOUT_MS + 10_000,
);
