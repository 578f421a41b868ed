import { defineConfig } from "vitest/config";

/**
 * Two projects: `unit` needs nothing but Node; `service` needs real PostgreSQL, Redis and (for the runtime) Docker. Times
 * are for a machine with two busy cores: what a test waits for comes at once elsewhere.
 */
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "services/*/src/**/*.test.ts",
            "tools/**/*.test.ts",
            "chaos/*.test.ts",
          ],
          exclude: ["**/*.service.test.ts", "**/node_modules/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "service",
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ["packages/testing/src/global-setup.ts"],
          include: ["packages/*/src/**/*.service.test.ts", "services/*/src/**/*.service.test.ts"],
          maxWorkers: 2,
        },
      },
    ],
  },
});
