import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf } from "./address.ts";
import { parseContentRange, parseRange } from "./byte-range.ts";
import { parseDigest } from "./digest.ts";
import { OCI_INDEX, OCI_MANIFEST, parseManifest } from "./manifest.ts";
import { isRepositoryName, isTag, parseRoute } from "./route.ts";

const HEX = "0".repeat(64);

describe("a path", () => {
  test.each([
    ["/v2", { kind: "ping" }],
    ["/v2/", { kind: "ping" }],
    ["/v2/_catalog", { kind: "catalog" }],
    ["/v2/a/b/tags/list", { kind: "tags", name: "a/b" }],
    ["/v2/a/manifests/v1", { kind: "manifest", name: "a", reference: "v1" }],
    ["/v2/a/blobs/uploads/", { kind: "uploads", name: "a" }],
    ["/v2/a/blobs/uploads", { kind: "uploads", name: "a" }],
    ["/v2/a/blobs/uploads/id", { kind: "upload", name: "a", id: "id" }],
    [`/v2/a/blobs/sha256%3A${HEX}`, { kind: "blob", name: "a", digest: `sha256:${HEX}` }],
    [`/v2/a/referrers/sha256:${HEX}`, { kind: "referrers", name: "a", digest: `sha256:${HEX}` }],
    // The words of the protocol are words of names too.
    ["/v2/tags/list/manifests/tags", { kind: "manifest", name: "tags/list", reference: "tags" }],
    ["/v2/blobs/uploads/tags/list", { kind: "tags", name: "blobs/uploads" }],
    ["/v2/manifests/blobs/blobs/uploads/x", { kind: "upload", name: "manifests/blobs", id: "x" }],
    ["/v2/uploads/blobs/uploads/", { kind: "uploads", name: "uploads" }],
    ["/v2/a", null],
    ["/v2/manifests/v1", null],
    ["/v2/a/manifests/", null],
    ["/v2/a/tags/other", null],
    ["/v2/a/manifests/%zz", null],
    ["/v1/a", null],
    ["/", null],
  ])("%s", (path, route) => expect(parseRoute(path)).toEqual(route));

  test("of any name and reference is read back", () => {
    const part = fc.constantFrom(
      "a",
      "blobs",
      "uploads",
      "manifests",
      "tags",
      "list",
      "referrers",
      "a-b_c.d",
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), part, (parts, reference) => {
        const name = parts.join("/");
        expect(parseRoute(`/v2/${name}/manifests/${reference}`)).toEqual({
          kind: "manifest",
          name,
          reference,
        });
      }),
    );
  });

  test.each(["a", "a/b", "a-b", "a--b", "a_b", "a__b", "a.b", "1a/2"])("%s is a name", (name) =>
    expect(isRepositoryName(name)).toBe(true),
  );
  test.each(["", "A", "a/", "/a", "a//b", "a___b", "-a", "a.", "é", "a".repeat(257)])(
    "%s is no name",
    (name) => expect(isRepositoryName(name)).toBe(false),
  );
  test.each([
    ["v1", true],
    ["_x", true],
    ["a".repeat(128), true],
    ["a".repeat(129), false],
    [".x", false],
    ["a/b", false],
    ["", false],
  ])("tag %s: %s", (tag, good) => expect(isTag(tag)).toBe(good));
});

describe("an address", () => {
  const first = { accountId: "000000000000", region: "us-east-1" };
  const other = { accountId: "111122223333", region: "eu-west-1" };
  test.each([
    ["127.0.0.1:4701", "team/web", first, "team/web"],
    ["127.0.0.1:4701", "111122223333.eu-west-1/team/web", other, "team/web"],
    ["111122223333.dkr.ecr.eu-west-1.amazonaws.com", "web", other, "web"],
    ["111122223333.DKR.ECR.eu-west-1.roadstead.internal:4701", "web", other, "web"],
    ["127.0.0.1:4701", "111122223333.eu-west-1", first, "111122223333.eu-west-1"],
    ["127.0.0.1:4701", "1111.eu-west-1/web", first, "1111.eu-west-1/web"],
  ])("%s and %s", (host, name, place, rest) =>
    expect(addressOf(host, name, first)).toEqual({ place, name: rest }),
  );
});

describe("a range", () => {
  test.each([
    [undefined, null],
    ["bytes=0-0", { start: 0, end: 0 }],
    ["bytes=5-", { start: 5, end: 9 }],
    ["bytes=-3", { start: 7, end: 9 }],
    ["bytes=-30", { start: 0, end: 9 }],
    ["bytes=5-50", { start: 5, end: 9 }],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=5-4", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=-", null],
    ["bytes=0-1,3-4", null],
    ["lines=0-1", null],
  ])("%s of ten bytes", (header, range) => expect(parseRange(header, 10)).toEqual(range));

  test("never leaves the blob", () =>
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(40), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size);
        if (range === "unsatisfiable" || range === null) return;
        expect(range.start <= range.end && range.end < size).toBe(true);
      }),
    ));

  test.each([
    ["0-9", { start: 0, end: 9 }],
    ["bytes 0-9/10", { start: 0, end: 9 }],
    ["9-0", null],
    ["0-", null],
    ["x", null],
  ])("of a chunk: %s", (header, range) => expect(parseContentRange(header)).toEqual(range));
});

test.each([
  [`sha256:${HEX}`, true],
  [`sha512:${HEX}${HEX}`, true],
  [`sha512:${HEX}`, false],
  [`sha256:${HEX.replace("0", "A")}`, false],
  ["sha256:baddigeststring", false],
  [`md5:${HEX}`, false],
  ["", false],
])("digest %s: %s", (text, good) => expect(parseDigest(text) !== null).toBe(good));

describe("a manifest", () => {
  const digest = (fill: string) => `sha256:${fill.repeat(64)}`;
  const of = (digestText: string, more: object = {}) => ({
    mediaType: "t/t",
    digest: digestText,
    size: 5,
    ...more,
  });
  const image = { schemaVersion: 2, config: of(digest("a")), layers: [of(digest("b")), of(digest("b"))] };
  const parse = (document: unknown, type: string | null = null) =>
    parseManifest(Buffer.from(typeof document === "string" ? document : JSON.stringify(document)), type);

  test("of an image needs its configuration and each layer once, and is as large as they say", () =>
    expect(parse(image)).toEqual({
      ok: true,
      manifest: {
        mediaType: OCI_MANIFEST,
        artifactType: null,
        configMediaType: "t/t",
        subjectDigest: null,
        annotations: null,
        blobs: [digest("a"), digest("b")],
        manifests: [],
        size: 15,
      },
    }));

  test("of an index needs its children; it may be empty", () => {
    const index = { schemaVersion: 2, manifests: [of(digest("c"))], subject: of(digest("d")) };
    expect(parse(index)).toMatchObject({
      ok: true,
      manifest: { mediaType: OCI_INDEX, blobs: [], manifests: [digest("c")], subjectDigest: digest("d") },
    });
    expect(parse({ schemaVersion: 2, manifests: [] })).toMatchObject({ ok: true });
  });

  test.each([
    ["not JSON", "{"],
    ["no object", "[]"],
    ["another schema", { ...image, schemaVersion: 1 }],
    ["a type unlike the header's", { ...image, mediaType: OCI_INDEX }, OCI_MANIFEST],
    ["a type that is none", image, "text/plain"],
    ["no configuration", { schemaVersion: 2, layers: [] }],
    ["a layer without a digest", { ...image, layers: [{ size: 1 }] }],
    ["a negative size", { ...image, layers: [of(digest("b"), { size: -1 })] }],
    ["an image that lists manifests", { ...image, manifests: [] }, OCI_MANIFEST],
    ["an index with layers", { schemaVersion: 2, manifests: [], layers: [] }, OCI_INDEX],
    ["annotations that are no texts", { ...image, annotations: { a: 1 } }],
    ["a text that cannot be stored", { ...image, annotations: { a: "\u0000" } }],
  ] as const)("with %s is refused", (_, document, type: string | null = null) =>
    expect(parse(document, type).ok).toBe(false),
  );

  test("of any bytes is read or refused, never a fault", () => {
    fc.assert(fc.property(fc.json(), (text) => typeof parse(text).ok === "boolean"));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof parseManifest(bytes, null).ok === "boolean"));
    const anything = fc.record({
      schemaVersion: fc.constant(2),
      config: fc.anything(),
      layers: fc.anything(),
      subject: fc.anything(),
      annotations: fc.anything(),
    });
    fc.assert(fc.property(anything, (value) => typeof parse(asJson(value)).ok === "boolean"));
  });
});

const asJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
