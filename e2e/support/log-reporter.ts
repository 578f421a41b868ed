/** Prints the newest log lines of the stack's processes when a test failed; the e2e configuration lists it. */
import type { Reporter } from "vitest/node";
import { openStack, stackLogs } from "./stack.ts";

export const logReporter: Reporter = {
  async onTestRunEnd(_modules, errors, reason) {
    const dataDir = process.env.ROADSTEAD_E2E_LOGS_OF;
    if (!dataDir || (reason === "passed" && errors.length === 0)) return;
    process.stderr.write(
      `\nThe stack's newest log lines (${dataDir}):\n${await stackLogs(openStack(dataDir))}\n`,
    );
  },
};
