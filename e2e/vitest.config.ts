import { defineConfig } from "vitest/config";
import { logReporter } from "./support/log-reporter.ts";

/** `./roadstead test` asks for a JSON report, which it sums. */
const summed = process.env.ROADSTEAD_TEST_REPORT !== undefined;

/** Real clients against a running stack. Files run side by side: each has an account and an agent of its own. */
export default defineConfig({
  test: {
    name: "e2e",
    dir: import.meta.dirname,
    include: ["*.test.ts"],
    globalSetup: [`${import.meta.dirname}/support/global-setup.ts`],
    reporters: ["default", logReporter, ...(summed ? ["json"] : [])],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
    maxWorkers: 4,
  },
});
