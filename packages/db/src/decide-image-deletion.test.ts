/** Guarantees of what a batch of deletions takes away. */
import { describe, expect, test } from "vitest";
import { type DeletableImage, decideImageDeletion } from "./decide-image-deletion.ts";

const image = (
  digest: string,
  tags: readonly string[] = [],
  parents: readonly string[] = [],
): DeletableImage => ({ digest, tags, parents });

describe("an image", () => {
  test("goes with all its tags when it is named by digest, and every tag is told", () => {
    expect(decideImageDeletion([{ digest: "d" }], [image("d", ["a", "b"])])).toEqual({
      digests: ["d"],
      tags: [],
      deleted: [
        { digest: "d", tag: "a" },
        { digest: "d", tag: "b" },
      ],
      failures: [],
    });
    expect(decideImageDeletion([{ digest: "d" }], [image("d")]).deleted).toEqual([{ digest: "d" }]);
  });

  test("named by a tag loses that tag only, while it has another", () => {
    expect(decideImageDeletion([{ tag: "a" }], [image("d", ["a", "b"])])).toEqual({
      digests: [],
      tags: [{ digest: "d", tag: "a" }],
      deleted: [{ digest: "d", tag: "a" }],
      failures: [],
    });
  });

  test("goes with its last tag, also when one batch names all of them", () => {
    expect(decideImageDeletion([{ tag: "a" }], [image("d", ["a"])]).digests).toEqual(["d"]);
    const both = decideImageDeletion([{ tag: "b" }, { tag: "a" }], [image("d", ["a", "b"])]);
    expect(both.digests).toEqual(["d"]);
    expect(both.deleted).toHaveLength(2);
  });

  test("named twice is deleted and told once", () => {
    const twice = decideImageDeletion([{ digest: "d" }, { tag: "a" }, { digest: "d" }], [image("d", ["a"])]);
    expect(twice).toMatchObject({ digests: ["d"], deleted: [{ digest: "d", tag: "a" }], failures: [] });
  });

  test("that is not there, or whose tag is on another, is a failure and hinders nothing", () => {
    const ids = [{ tag: "no" }, { digest: "no" }, { digest: "e", tag: "a" }, { digest: "d", tag: "a" }];
    const result = decideImageDeletion(ids, [image("d", ["a"]), image("e")]);
    expect(result.digests).toEqual(["d"]);
    expect(result.failures).toEqual([
      { id: { tag: "no" }, code: "ImageNotFound" },
      { id: { digest: "no" }, code: "ImageNotFound" },
      { id: { digest: "e", tag: "a" }, code: "ImageTagDoesNotMatchDigest" },
    ]);
  });
});

describe("an image that an index lists", () => {
  test("stays, by digest and by its last tag, and loses no tag", () => {
    const child = image("c", ["a"], ["index"]);
    for (const id of [{ digest: "c" }, { tag: "a" }]) {
      expect(decideImageDeletion([id], [child])).toEqual({
        digests: [],
        tags: [],
        deleted: [],
        failures: [{ id, code: "ImageReferencedByManifestList", parents: ["index"] }],
      });
    }
  });

  test("may lose a tag that is not its last", () => {
    expect(decideImageDeletion([{ tag: "a" }], [image("c", ["a", "b"], ["index"])]).tags).toHaveLength(1);
  });

  test("goes together with its index, however deep, in any order", () => {
    const images = [image("c", [], ["inner"]), image("inner", [], ["outer"]), image("outer", ["a"])];
    const ids = [{ digest: "c" }, { digest: "inner" }, { tag: "a" }];
    expect(decideImageDeletion(ids, images).failures).toEqual([]);
    expect([...decideImageDeletion(ids, images).digests].sort()).toEqual(["c", "inner", "outer"]);
  });

  test("stays with an index that itself must stay", () => {
    const images = [image("c", [], ["inner"]), image("inner", [], ["outer"])];
    const result = decideImageDeletion([{ digest: "c" }, { digest: "inner" }], images);
    expect(result.digests).toEqual([]);
    expect(result.failures).toMatchObject([{ parents: ["inner"] }, { parents: ["outer"] }]);
  });
});
