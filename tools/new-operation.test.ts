/** Holds the operation generator to what CONTRIBUTING promises of it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newOperation } from "./new-operation.ts";

let api: string;
const LIST = `import { createCluster } from "./create-cluster.ts";
import { stopTask } from "./stop-task.ts";

export const operations = {
  CreateCluster: createCluster,
  StopTask: stopTask,
} as const;
`;

const UNSUPPORTED = `export const unsupported = {
  CreateService: "not built yet",
  RunTask: "not built yet",
} as const;
`;

beforeEach(() => {
  api = mkdtempSync(join(tmpdir(), "new-operation-"));
  mkdirSync(join(api, "src/ecs"), { recursive: true });
  writeFileSync(join(api, "src/ecs/operations.ts"), LIST);
  writeFileSync(join(api, "src/ecs/unsupported.ts"), UNSUPPORTED);
});
afterEach(() => rmSync(api, { recursive: true }));

test("an operation gets its file, its test and its line, in order", () => {
  newOperation(api, "ecs", "RunTask");
  expect(readdirSync(join(api, "src/ecs"))).toEqual([
    "operations.ts",
    "run-task.test.ts",
    "run-task.ts",
    "unsupported.ts",
  ]);
  const list = readFileSync(join(api, "src/ecs/operations.ts"), "utf8");
  expect(list).toContain('cluster.ts";\nimport { runTask } from "./run-task.ts";\nimport { stopTask }');
  expect(list).toContain("createCluster,\n  RunTask: runTask,\n  StopTask");
  const unsupported = readFileSync(join(api, "src/ecs/unsupported.ts"), "utf8");
  expect(unsupported).toBe(UNSUPPORTED.replace('  RunTask: "not built yet",\n', ""));
});

test("names AWS does not have, and operations that exist, are refused and nothing is written", () => {
  expect(() => newOperation(api, "ecs", "RunTusk")).toThrow("AWS has no operation");
  expect(() => newOperation(api, "s3", "GetObject")).toThrow("no service s3");
  expect(readFileSync(join(api, "src/ecs/operations.ts"), "utf8")).toBe(LIST);
  newOperation(api, "ecs", "RunTask");
  expect(() => newOperation(api, "ecs", "RunTask")).toThrow("exists already");
});
