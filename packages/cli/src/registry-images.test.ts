import { expect, test } from "vitest";
import { namesIn } from "./registry-images.ts";

const registry = "127.0.0.1:4701";
const digest = `${registry}/web@sha256:1`;
const tag = `${registry}/team/web:1`;

test.each([
  ["pulled by digest", { RepoTags: ["<none>:<none>"], RepoDigests: [digest] }, [digest]],
  ["pushed by tag", { RepoTags: [tag], RepoDigests: null }, [tag]],
  ["also named otherwise", { RepoTags: [tag, "web:1"], RepoDigests: ["127.0.0.1:5001/web@sha256:1"] }, [tag]],
  ["of another port", { RepoTags: ["127.0.0.1:47010/web:1"], RepoDigests: [] }, []],
  ["without any name", { RepoTags: null, RepoDigests: null }, []],
])("an image %s loses its names in the registry, and no others: %o loses %o", (_, image, expected) => {
  expect(namesIn(registry, image)).toEqual(expected);
});
