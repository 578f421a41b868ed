import { defineConfig } from "vitest/config";

/** `./roadstead test` asks for a JSON report, which it sums. */
const summed = process.env.ROADSTEAD_TEST_REPORT !== undefined;

/** Real clients against a running stack. Files run side by side: each has an account and an agent of its own. */
export default defineConfig({
  test: {
    name: "e2e",
    dir: import.meta.dirname,
    include: ["*.test.ts"],
    globalSetup: [`${import.meta.dirname}/support/global-setup.ts`],
    setupFiles: [`${import.meta.dirname}/support/failure-report.ts`],
    reporters: ["default", ...(summed ? ["json"] : [])],
    // Longer than what a test waits for, which says what it waits for; many commands take their time on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 300_000,
    teardownTimeout: 300_000,
    maxWorkers: 4,
  },
});
