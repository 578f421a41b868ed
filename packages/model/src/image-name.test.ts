import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  atDigest,
  isRegistryQualifier,
  parseImageReference,
  pullReference,
  type RegistryNames,
  registryOf,
  splitRegistryPath,
} from "./image-name.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const HOME = { accountId: "000000000000", region: "us-east-1" };
const AWAY = { accountId: "111122223333", region: "eu-west-1" };
const NAMES: RegistryNames = { registryHost: "127.0.0.1:4701", domain: "roadstead.internal", default: HOME };

describe("an image name is read as Docker reads it", () => {
  test.each([
    ["busybox", "docker.io", "library/busybox", null, null],
    ["busybox:1.36", "docker.io", "library/busybox", "1.36", null],
    ["team/web", "docker.io", "team/web", null, null],
    ["docker.io/busybox", "docker.io", "library/busybox", null, null],
    ["index.docker.io/busybox", "docker.io", "library/busybox", null, null],
    ["localhost/web", "localhost", "web", null, null],
    ["localhost:5000/web:1", "localhost:5000", "web", "1", null],
    ["Registry/web", "Registry", "web", null, null],
    ["r.test/a/b__c/d-e:v_1", "r.test", "a/b__c/d-e", "v_1", null],
    ["[::1]:5000/web", "[::1]:5000", "web", null, null],
    [`web@${DIGEST}`, "docker.io", "library/web", null, DIGEST],
    [`r.test:5000/web:1@${DIGEST}`, "r.test:5000", "web", "1", DIGEST],
  ])("%s", (text, host, path, tag, digest) => {
    expect(parseImageReference(text)).toEqual({ host, path, tag, digest });
  });

  test.each([
    "",
    "/",
    "Web",
    "a//b",
    "/web",
    "web/",
    "web:",
    "web:-1",
    "web@",
    "web@sha256:ab",
    `web@${DIGEST}@${DIGEST}`,
    "a_-b",
    "-a.test/web",
    "r.test/Web",
    "r.test:x/web",
    "we b",
    "web\n",
    `web:${"t".repeat(129)}`,
    `r.test/${"a".repeat(250)}`,
  ])("%j is none", (text) => {
    expect(parseImageReference(text)).toBeNull();
    expect(registryOf(text, NAMES)).toBeNull();
    expect(atDigest(text, DIGEST)).toBeNull();
  });
});

describe("a registry of ours", () => {
  test.each([
    ["127.0.0.1:4701/team/app/web:1", HOME, "team/app/web", "127.0.0.1:4701/team/app/web:1"],
    ["localhost:4701/web", HOME, "web", "127.0.0.1:4701/web:latest"],
    ["LOCALHOST:4701/web", HOME, "web", "127.0.0.1:4701/web:latest"],
    [
      "127.0.0.1:4701/111122223333.eu-west-1/team/web:1",
      AWAY,
      "team/web",
      "127.0.0.1:4701/111122223333.eu-west-1/team/web:1",
    ],
    ["127.0.0.1:4701/000000000000.us-east-1/web:1", HOME, "web", "127.0.0.1:4701/web:1"],
    ["000000000000.dkr.ecr.us-east-1.amazonaws.com/web:1", HOME, "web", "127.0.0.1:4701/web:1"],
    [
      "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1",
      AWAY,
      "web",
      "127.0.0.1:4701/111122223333.eu-west-1/web:1",
    ],
    [
      "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/web:1",
      { ...AWAY, region: "cn-north-1" },
      "web",
      "127.0.0.1:4701/111122223333.cn-north-1/web:1",
    ],
    ["000000000000.dkr.ecr-fips.us-east-1.amazonaws.com/web:1", HOME, "web", "127.0.0.1:4701/web:1"],
    ["000000000000.dkr-ecr.us-east-1.on.aws/web:1", HOME, "web", "127.0.0.1:4701/web:1"],
    ["000000000000.dkr.ecr.us-east-1.roadstead.internal/web:1", HOME, "web", "127.0.0.1:4701/web:1"],
    ["000000000000.dkr.ecr.us-east-1.roadstead.internal:4751/web:1", HOME, "web", "127.0.0.1:4701/web:1"],
    [`localhost:4701/web:1@${DIGEST}`, HOME, "web", `127.0.0.1:4701/web@${DIGEST}`],
    // A host that says whose it is leaves nothing for the path to say.
    [
      "000000000000.dkr.ecr.us-east-1.amazonaws.com/111122223333.eu-west-1/web:1",
      HOME,
      "111122223333.eu-west-1/web",
      "127.0.0.1:4701/000000000000.us-east-1/111122223333.eu-west-1/web:1",
    ],
  ])("is meant by %s", (text, place, repository, pulled) => {
    const image = registryOf(text, NAMES);
    expect(image).toMatchObject({ ...place, repository });
    expect(image && pullReference(image, NAMES)).toBe(pulled);
  });

  test.each([
    "busybox",
    "team/web",
    "127.0.0.1:5000/web",
    "127.0.0.1/web",
    "127.0.0.2:4701/web",
    "localhost/web",
    "r.test/web",
    "public.ecr.aws/docker/library/busybox",
    "00000000000.dkr.ecr.us-east-1.amazonaws.com/web",
    "000000000000.dkr.ecr.us-east-1.amazonaws.com.evil.test/web",
    "000000000000.dkr.ecr.us-east-1.amazonaws.com:443/web",
    "000000000000.dkr.ecr.us-east-1.elsewhere.internal/web",
    "127.0.0.1:4701/111122223333.eu-west-1",
    "000000000000.dkr.ecr.mars.amazonaws.com/web",
  ])("is not meant by %s", (text) => expect(registryOf(text, NAMES)).toBeNull());

  test("may be known by another name where it runs, and machines still pull from their own loopback", () => {
    const elsewhere = { ...NAMES, registryHost: "Images.example.com" };
    const image = registryOf("images.example.com/web:1", elsewhere);
    expect(image && pullReference(image, elsewhere)).toBe("127.0.0.1:4701/web:1");
    expect(registryOf("127.0.0.1:4701/web:1", elsewhere)).toEqual(image);
  });

  test("may listen on another port, which is then the one that counts", () => {
    const moved = { ...NAMES, registryHost: "localhost:5701" };
    const image = registryOf("127.0.0.1:5701/web:1", moved);
    expect(image && pullReference(image, moved)).toBe("127.0.0.1:5701/web:1");
    expect(registryOf("127.0.0.1:4701/web:1", moved)).toBeNull();
  });
});

const aPlace = fc.record({
  accountId: fc.oneof(fc.constant(HOME.accountId), fc.stringMatching(/^\d{12}$/)),
  region: fc.constantFrom("us-east-1", "eu-west-1", "ap-southeast-2"),
});
/** Also such as look like a qualifier. */
const aRepository = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{1,9}([/._-][a-z0-9]{1,9}){0,3}$/),
  aPlace.map(({ accountId, region }) => `${accountId}.${region}/web`),
);
const anImage = fc
  .record({
    place: aPlace,
    repository: aRepository,
    tag: fc.stringMatching(/^[\w][\w.-]{0,20}$/),
    digest: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`)),
  })
  .map(({ place, digest, ...rest }) => ({ ...place, ...rest, digest }));

test("a pulled name means the image it was made of, and pulling by it changes nothing", () => {
  fc.assert(
    fc.property(anImage, (image) => {
      const pulled = pullReference(image, NAMES);
      const found = registryOf(pulled, NAMES);
      expect(found).toEqual({ ...image, tag: image.digest ? null : image.tag });
      expect(found && pullReference(found, NAMES)).toBe(pulled);
    }),
  );
});

test("images of two registries never share a name on a machine", () => {
  fc.assert(
    fc.property(anImage, aPlace, aRepository, (image, place, repository) => {
      const other = { ...image, ...place, repository };
      const isSame =
        `${image.accountId} ${image.region} ${image.repository}` ===
        `${other.accountId} ${other.region} ${other.repository}`;
      expect(pullReference(image, NAMES) === pullReference(other, NAMES)).toBe(isSame);
    }),
  );
});

test("reading a name never throws, and what is read writes a name that reads the same", () => {
  const pieces = fc.constantFrom(
    "web",
    "a.test",
    ":",
    "/",
    "@",
    "1",
    "localhost",
    DIGEST,
    "A",
    "127.0.0.1:4701",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 7 }).map((list) => list.join("")),
  );
  fc.assert(
    fc.property(text, (written) => {
      registryOf(written, NAMES);
      const image = parseImageReference(written);
      if (!image) return;
      const { host, path, tag, digest } = image;
      const rewritten = `${host}/${path}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
      expect(parseImageReference(rewritten)).toEqual(image);
    }),
  );
});

test.each([
  ["busybox", `busybox@${DIGEST}`],
  ["busybox:1", `busybox@${DIGEST}`],
  ["localhost:4701/web", `localhost:4701/web@${DIGEST}`],
  ["localhost:4701/web:1", `localhost:4701/web@${DIGEST}`],
  [`localhost:4701/web:1@sha256:${"00".repeat(32)}`, `localhost:4701/web@${DIGEST}`],
])("%s at a digest keeps its repository as it was written", (text, expected) => {
  expect(atDigest(text, DIGEST)).toBe(expected);
});

test("a path that begins with an account and a region is theirs, and any other the default's", () => {
  expect(splitRegistryPath("111122223333.eu-west-1/a/b", HOME)).toEqual({ ...AWAY, repository: "a/b" });
  expect(splitRegistryPath("111122223333/a", HOME)).toEqual({ ...HOME, repository: "111122223333/a" });
  expect(splitRegistryPath("111122223333.eu-west-1/", HOME)).toBeNull();
  expect(
    ["111122223333.eu-west-1", "111122223333", "a.eu-west-1", "111122223333.mars"].map(isRegistryQualifier),
  ).toEqual([true, false, false, false]);
});
