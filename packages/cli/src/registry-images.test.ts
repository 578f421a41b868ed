import { expect, test } from "vitest";
import { isOnlyOf } from "./registry-images.ts";

const registry = "127.0.0.1:4701";

test.each([
  ["pulled by digest", { RepoTags: ["<none>:<none>"], RepoDigests: [`${registry}/web@sha256:1`] }, true],
  ["pushed by tag", { RepoTags: [`${registry}/team/web:1`], RepoDigests: null }, true],
  ["also named otherwise", { RepoTags: [`${registry}/web:1`, "web:1"], RepoDigests: null }, false],
  ["of another port", { RepoTags: ["127.0.0.1:47010/web:1"], RepoDigests: [] }, false],
  ["without any name", { RepoTags: null, RepoDigests: null }, false],
])("an image %s goes with the registry: %o is %s", (_, image, expected) => {
  expect(isOnlyOf(registry, image)).toBe(expected);
});
