/** Applies the repository's rules of shape to every file git would publish, and shows that each rule can fail. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fileProblems, manifestProblems, publishedTextProblems, type SourceFile } from "./architecture.ts";

const ROOT = new URL("../", import.meta.url);
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(new URL(path, ROOT)))
  .map((path): SourceFile => ({ path, text: readFileSync(new URL(path, ROOT), "utf8") }));

test("source files keep to the boundaries, names and lengths", () => {
  const sources = files.filter(({ path }) => path.endsWith(".ts") && !path.includes("/generated/"));
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap(fileProblems)).toEqual([]);
});

test("package manifests keep to the boundaries", () => {
  const manifests = files.filter(({ path }) => path.endsWith("/package.json"));
  expect(manifests.length).toBeGreaterThan(10);
  expect(
    manifests.flatMap(({ path, text }) =>
      manifestProblems({ path, dependencies: JSON.parse(text).dependencies }),
    ),
  ).toEqual([]);
});

test("published text contains no machine paths", () => {
  expect(files.filter(({ path }) => path !== "tools/architecture.ts").flatMap(publishedTextProblems)).toEqual(
    [],
  );
});

test.each([
  ["a service imports a service", "services/api/src/a.ts", 'import { a } from "@roadstead/scheduler/a";'],
  ["a package imports a service", "packages/db/src/a.ts", 'import { a } from "@roadstead/api/a";'],
  ["pure imports node", "packages/model/src/a.ts", 'import { a } from "node:fs";'],
  ["pure imports effects", "packages/placement/src/a.ts", 'import { a } from "@roadstead/db/a";'],
  ["zod outside messages", "packages/model/src/a.ts", 'import { z } from "zod";'],
  ["an import over several lines", "services/api/src/a.ts", 'import {\n  a,\n} from "bullmq";'],
  ["an import for effect", "services/api/src/a.ts", 'import "dockerode";'],
  ["a dynamic import", "services/api/src/a.ts", 'const a = await import("@smithy/core/cbor");'],
  ["SDK codecs", "services/api/src/a.ts", 'import { a } from "@aws-sdk/core/protocols";'],
  ["minio", "services/api/src/a.ts", 'import { a } from "minio";'],
  ["a barrel", "packages/db/src/index.ts", ""],
  ["a vague name", "packages/db/src/utils.ts", ""],
  ["a long file", "packages/db/src/a.ts", "a;\n".repeat(301)],
  ["a lone test", "packages/db/src/a.test.ts", `test.${"only"}("a", () => {});`],
])("the rules see this: %s", (_name, path, text) => {
  expect(fileProblems({ path, text })).toHaveLength(1);
});

test("the rules let through what they should", () => {
  expect(
    fileProblems({ path: "packages/cli/src/a.ts", text: 'import { a } from "@roadstead/api/start";' }),
  ).toEqual([]);
  expect(fileProblems({ path: "packages/messages/src/a.ts", text: 'import { z } from "zod";' })).toEqual([]);
  expect(fileProblems({ path: "packages/queue/src/a.ts", text: 'import { a } from "bullmq";' })).toEqual([]);
});

test("the rules see a forbidden dependency and a machine path", () => {
  expect(manifestProblems({ path: "services/api/package.json", dependencies: { bullmq: "1" } })).toHaveLength(
    1,
  );
  expect(publishedTextProblems({ path: "README.md", text: `see /${"work"}/main/x` })).toHaveLength(1);
});
