/** What the distribution protocol promises, on each blob store. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@roadstead/db/migrate";
import { useMinio } from "@roadstead/testing/minio";
import { usePostgres } from "@roadstead/testing/postgres";
import { useRedis } from "@roadstead/testing/redis";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Client, descriptor, digestOf, OCI_INDEX, OCI_MANIFEST } from "./registry-client.test-data.ts";
import { type RegistryFixture, useRegistries } from "./registry-fixture.ts";

const EMPTY = Buffer.from("{}");
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
const streamOf = (...chunks: readonly Uint8Array[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

const postgres = usePostgres({ migrate });
const redis = useRedis();
const minio = await useMinio();

describe("with layers in a folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-blobs-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  describeConformance(useRegistries(postgres, redis, () => ({ ROADSTEAD_BLOB_DIR: folder })));
});

describe.skipIf(minio.unavailable !== null)("with layers in MinIO", () => {
  describeConformance(
    useRegistries(postgres, redis, () => {
      const { endpoint, accessKey, secretKey } = minio.access();
      return {
        ROADSTEAD_BLOB_S3_ENDPOINT: endpoint,
        ROADSTEAD_BLOB_S3_BUCKET: "registry-tests",
        ROADSTEAD_BLOB_S3_ACCESS_KEY: accessKey,
        ROADSTEAD_BLOB_S3_SECRET_KEY: secretKey,
      };
    }),
  );
});

function describeConformance(registries: RegistryFixture): void {
  let client: Client;
  beforeEach(async () => {
    await registries.repository("repo");
    await registries.repository("other/repo");
    client = registries.client(await registries.open());
  });
  const begin = async (query = "") => {
    const begun = await client.send("POST", `/v2/repo/blobs/uploads/${query}`);
    expect(begun.status).toBe(202);
    return begun.headers.get("location") ?? "";
  };
  const expectBlob = async (digest: string, bytes: Uint8Array, repository = "repo") => {
    const head = await client.send("HEAD", `/v2/${repository}/blobs/${digest}`);
    expect([head.status, head.headers.get("content-length"), head.bytes.length]).toEqual([
      200,
      String(bytes.length),
      0,
    ]);
    const got = await client.send("GET", `/v2/${repository}/blobs/${digest}`);
    expect([got.status, got.headers.get("docker-content-digest")]).toEqual([200, digest]);
    expect(got.bytes.equals(bytes)).toBe(true);
  };

  describe("a blob", () => {
    const bytes = randomBytes(3_000);

    test.each(["sha256", "sha512"])(
      "by POST and PUT is at its location at once, by %s",
      async (algorithm) => {
        const digest = digestOf(bytes, algorithm);
        const done = await client.send("PUT", `${await begin()}?digest=${digest}`, { body: bytes });
        expect([done.status, done.headers.get("location")]).toEqual([201, `/v2/repo/blobs/${digest}`]);
        await expectBlob(digest, bytes);
        expect((await client.send("DELETE", `/v2/repo/blobs/${digest}`)).status).toBe(202);
        expect((await client.send("HEAD", `/v2/repo/blobs/${digest}`)).status).toBe(404);
      },
    );

    test.each(["sha256", "sha512"])("by one POST, by %s", async (algorithm) => {
      const digest = digestOf(bytes, algorithm);
      const path = `/v2/repo/blobs/uploads/?digest=${digest}`;
      expect((await client.send("POST", path, { body: bytes })).status).toBe(201);
      await expectBlob(digest, bytes);
    });

    test.each(["sha256", "sha512"])("in chunks, the last with the PUT, by %s", async (algorithm) => {
      const digest = digestOf(bytes, algorithm);
      const location = await begin();
      const patch = await client.send("PATCH", location, {
        body: bytes.subarray(0, 1_024),
        headers: { "content-range": "0-1023" },
      });
      expect([patch.status, patch.headers.get("range")]).toEqual([202, "0-1023"]);
      const put = await client.send("PUT", `${location}?digest=${digest}`, {
        body: bytes.subarray(1_024),
        headers: { "content-range": "1024-2999" },
      });
      expect(put.status).toBe(201);
      await expectBlob(digest, bytes);
    });

    test("as a stream of unknown length, ended by an empty PUT", async () => {
      const location = await begin();
      const body = streamOf(bytes.subarray(0, 10), bytes.subarray(10));
      const patch = await client.send("PATCH", location, { body });
      expect([patch.status, patch.headers.get("range")]).toEqual([202, "0-2999"]);
      const put = await client.send("PUT", `${location}?digest=${digestOf(bytes)}`);
      expect(put.status).toBe(201);
      await expectBlob(digestOf(bytes), bytes);
    });

    test.each([
      ["nothing", Buffer.alloc(0)],
      ["an empty object", EMPTY],
    ])("of %s is an ordinary blob", async (_, content) => {
      await client.pushBlob("repo", content);
      await expectBlob(digestOf(content), content);
    });

    test("that is already here may be pushed again, here and elsewhere", async () => {
      for (const repository of ["repo", "repo", "other/repo"]) await client.pushBlob(repository, bytes);
      await expectBlob(digestOf(bytes), bytes, "other/repo");
    });

    test("of one repository is none of another", async () => {
      const digest = await client.pushBlob("repo", bytes);
      const elsewhere = await client.send("GET", `/v2/other/repo/blobs/${digest}`);
      expect([elsewhere.status, elsewhere.code]).toEqual([404, "BLOB_UNKNOWN"]);
    });
  });

  describe("a chunk out of order", () => {
    test.each(["PATCH", "PUT"])(
      "is refused by %s, and the upload goes on where it stands",
      async (method) => {
        const bytes = randomBytes(2_048);
        const location = await begin();
        const query = method === "PUT" ? `?digest=${digestOf(bytes)}` : "";
        const early = await client.send(method, location + query, {
          body: bytes.subarray(1_024),
          headers: { "content-range": "1024-2047" },
        });
        expect(early.status).toBe(416);
        await client.send("PATCH", location, { body: bytes.subarray(0, 1_024) });
        const status = await client.send("GET", location);
        expect([status.status, status.headers.get("range")]).toEqual([204, "0-1023"]);
        await client.send("PATCH", location, {
          body: bytes.subarray(1_024),
          headers: { "content-range": "1024-2047" },
        });
        const put = await client.send("PUT", `${location}?digest=${digestOf(bytes)}`);
        expect(put.status).toBe(201);
      },
    );
  });

  describe("a wrong digest is refused, and no blob of that digest appears,", () => {
    const bytes = randomBytes(2_000);
    const wrong = digestOf(randomBytes(10));
    const refused = async (answer: { status: number; code: string }) => {
      expect([answer.status, answer.code]).toEqual([400, "DIGEST_INVALID"]);
      expect((await client.send("HEAD", `/v2/repo/blobs/${wrong}`)).status).toBe(404);
      expect((await client.send("HEAD", `/v2/repo/blobs/${digestOf(bytes)}`)).status).toBe(404);
    };
    test("by PUT of everything", async () =>
      refused(await client.send("PUT", `${await begin()}?digest=${wrong}`, { body: bytes })));
    test("by an empty PUT after a PATCH", async () => {
      const location = await begin();
      await client.send("PATCH", location, { body: bytes });
      await refused(await client.send("PUT", `${location}?digest=${wrong}`));
      expect((await client.send("GET", location)).status).toBe(404);
    });
    test("by a PUT with the last chunk", async () => {
      const location = await begin();
      await client.send("PATCH", location, { body: bytes.subarray(0, 500) });
      await refused(await client.send("PUT", `${location}?digest=${wrong}`, { body: bytes.subarray(500) }));
    });
    test("by one POST", async () =>
      refused(await client.send("POST", `/v2/repo/blobs/uploads/?digest=${wrong}`, { body: bytes })));
    test("by sha512 after chunks that were hashed otherwise", async () => {
      const location = await begin();
      await client.send("PATCH", location, { body: bytes });
      const other = digestOf(randomBytes(10), "sha512");
      expect((await client.send("PUT", `${location}?digest=${other}`)).code).toBe("DIGEST_INVALID");
    });
    test("of a form that is none", async () => {
      const location = await begin();
      const put = await client.send("PUT", `${location}?digest=sha256:baddigeststring`, { body: bytes });
      expect([put.status, put.code]).toEqual([400, "DIGEST_INVALID"]);
    });
  });

  describe("a range", () => {
    const bytes = randomBytes(2_048);
    test.each([
      ["bytes=500-1499", 500, 1_499],
      ["bytes=500-", 500, 2_047],
      ["bytes=-500", 1_548, 2_047],
      ["bytes=2000-5000", 2_000, 2_047],
    ])("%s is answered with just that", async (range, start, end) => {
      const digest = await client.pushBlob("repo", bytes);
      const part = await client.send("GET", `/v2/repo/blobs/${digest}`, { headers: { range } });
      expect([part.status, part.headers.get("content-range"), part.headers.get("content-length")]).toEqual([
        206,
        `bytes ${start}-${end}/2048`,
        String(end - start + 1),
      ]);
      expect(part.bytes.equals(bytes.subarray(start, end + 1))).toBe(true);
    });
    test.each(["bytes=500-0", "bytes=5000-10000"])("%s cannot be answered", async (range) => {
      const digest = await client.pushBlob("repo", bytes);
      const part = await client.send("GET", `/v2/repo/blobs/${digest}`, { headers: { range } });
      expect(part.status).toBe(416);
    });
  });

  describe("a mount", () => {
    test("with and without a source makes the blob the other repository's", async () => {
      const bytes = randomBytes(1_000);
      const digest = await client.pushBlob("other/repo", bytes);
      const named = await client.send("POST", `/v2/repo/blobs/uploads/?mount=${digest}&from=other/repo`);
      expect([named.status, named.headers.get("location")]).toEqual([201, `/v2/repo/blobs/${digest}`]);
      await expectBlob(digest, bytes);
      const other = await client.pushBlob("other/repo", EMPTY);
      expect((await client.send("POST", `/v2/repo/blobs/uploads/?mount=${other}`)).status).toBe(201);
    });
    test("that cannot be becomes an upload that works", async () => {
      const bytes = randomBytes(1_000);
      const location = await begin(`?mount=${digestOf(bytes)}&from=other/repo`);
      const put = await client.send("PUT", `${location}?digest=${digestOf(bytes)}`, { body: bytes });
      expect(put.status).toBe(201);
    });
  });

  test("a cancelled upload is gone", async () => {
    const location = await begin();
    expect((await client.send("DELETE", location)).status).toBe(204);
    expect((await client.send("GET", location)).code).toBe("BLOB_UPLOAD_UNKNOWN");
    expect((await client.send("PATCH", location, { body: EMPTY })).status).toBe(404);
  });

  describeManifests(() => client);
  describeReferrers(() => client);
}

function describeManifests(client: () => Client): void {
  describe("a manifest", () => {
    test("is answered as it was pushed, by tag and by digest, to GET and HEAD", async () => {
      const image = await client().pushImage("repo", "v1");
      for (const reference of ["v1", image.digest]) {
        const got = await client().send("GET", `/v2/repo/manifests/${reference}`);
        expect(got.bytes.equals(image.bytes)).toBe(true);
        expect(got.headers.get("content-type")).toBe(OCI_MANIFEST);
        const head = await client().send("HEAD", `/v2/repo/manifests/${reference}`);
        expect([head.headers.get("docker-content-digest"), head.headers.get("content-length")]).toEqual([
          image.digest,
          String(image.bytes.length),
        ]);
      }
    });

    test("whose parts are missing is refused with their digests", async () => {
      const missing = digestOf(randomBytes(4));
      const config = descriptor(EMPTY_TYPE, missing, 4);
      const put = await client().pushManifest("repo", "v1", { schemaVersion: 2, config, layers: [] });
      expect([put.status, put.code]).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
      expect(put.message).toContain(missing);
      const index = {
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [descriptor(OCI_MANIFEST, missing, 4)],
      };
      expect((await client().pushManifest("repo", "v1", index)).code).toBe("MANIFEST_BLOB_UNKNOWN");
      expect((await client().send("GET", "/v2/repo/manifests/v1")).code).toBe("MANIFEST_UNKNOWN");
    });

    test("needs neither its subject nor layers that are fetched from elsewhere", async () => {
      const config = descriptor(EMPTY_TYPE, await client().pushBlob("repo", EMPTY), 2);
      const foreign = {
        ...descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar", digestOf(randomBytes(4)), 4),
        urls: ["https://example.com/layer"],
      };
      const subject = descriptor(OCI_MANIFEST, digestOf(randomBytes(4)), 4);
      const put = await client().pushManifest("repo", "v1", {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config,
        layers: [foreign],
        subject,
      });
      expect([put.status, put.headers.get("oci-subject")]).toEqual([201, subject.digest]);
    });

    test("under a digest that is not its own is refused, also of no form", async () => {
      const { bytes } = await client().pushImage("repo", "v1");
      const wrong = await client().pushManifest("repo", digestOf(EMPTY), bytes);
      expect([wrong.status, wrong.code]).toEqual([400, "DIGEST_INVALID"]);
      expect((await client().pushManifest("repo", "sha256:baddigeststring", bytes)).status).toBe(400);
      expect((await client().send("GET", "/v2/repo/manifests/sha256:baddigeststring")).status).toBe(404);
    });

    test("of 3.9 MB is taken, one of more than 4 MiB is not", async () => {
      const config = descriptor(EMPTY_TYPE, await client().pushBlob("repo", EMPTY), 2);
      const of = (length: number) => ({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config,
        layers: [],
        annotations: { large: "x".repeat(length) },
      });
      expect((await client().pushManifest("repo", "large", of(3_900_000))).status).toBe(201);
      const tooLarge = await client()
        .pushManifest("repo", "larger", of(4_200_000))
        .catch(() => null);
      // The connection may end before everything is sent, which leaves the client without an answer.
      expect(tooLarge?.status ?? 413).toBe(413);
      expect((await client().send("HEAD", "/v2/repo/manifests/larger")).status).toBe(404);
    });

    test("by sha512, with tags named beside it", async () => {
      const { bytes } = await client().pushImage("repo", "v1");
      const digest = digestOf(bytes, "sha512");
      const put = await client().pushManifest("repo", `${digest}?tag=a&tag=b`, bytes);
      expect([put.status, put.headers.get("oci-tag")]).toEqual([201, "a, b"]);
      expect((await client().send("HEAD", "/v2/repo/manifests/b")).headers.get("docker-content-digest")).toBe(
        digest,
      );
    });

    test("deleted by tag leaves the image, by digest takes its tags with it, at once", async () => {
      const { digest } = await client().pushImage("repo", "v1");
      await client().pushManifest("repo", "v2", (await client().send("GET", "/v2/repo/manifests/v1")).bytes);
      expect((await client().send("DELETE", "/v2/repo/manifests/v1")).status).toBe(202);
      expect((await client().send("GET", "/v2/repo/manifests/v1")).status).toBe(404);
      expect((await client().send("GET", "/v2/repo/manifests/v2")).status).toBe(200);
      expect((await client().send("DELETE", `/v2/repo/manifests/${digest}`)).status).toBe(202);
      for (const reference of ["v2", digest]) {
        expect((await client().send("GET", `/v2/repo/manifests/${reference}`)).status).toBe(404);
      }
    });

    test("that an index lists stays until the index goes; so does a blob of an image", async () => {
      const image = await client().pushImage("repo", "v1");
      const child = descriptor(OCI_MANIFEST, image.digest, image.bytes.length);
      const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] };
      const { headers } = await client().pushManifest("repo", "all", index);
      const refused = await client().send("DELETE", `/v2/repo/manifests/${image.digest}`);
      expect([refused.status, refused.code]).toEqual([405, "UNSUPPORTED"]);
      expect(refused.message).toContain("referenced by manifest list");
      expect((await client().send("DELETE", `/v2/repo/blobs/${image.layer}`)).status).toBe(405);
      const digest = headers.get("docker-content-digest");
      expect((await client().send("DELETE", `/v2/repo/manifests/${digest}`)).status).toBe(202);
      expect((await client().send("DELETE", `/v2/repo/manifests/${image.digest}`)).status).toBe(202);
      expect((await client().send("DELETE", `/v2/repo/blobs/${image.layer}`)).status).toBe(202);
    });
  });

  test("tags are listed byte by byte, in pages whose links lead on", async () => {
    const { bytes } = await client().pushImage("repo", "b");
    for (const tag of ["B", "a", "c", "_1"]) await client().pushManifest("repo", tag, bytes);
    const list = async (query = "") => client().send("GET", `/v2/repo/tags/list${query}`);
    expect((await list()).json()).toEqual({ name: "repo", tags: ["B", "_1", "a", "b", "c"] });
    const first = await list("?n=2");
    expect(first.json()).toEqual({ name: "repo", tags: ["B", "_1"] });
    const next = /<\/v2\/repo\/tags\/list(.*)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1];
    expect((await list(next)).json()).toEqual({ name: "repo", tags: ["a", "b"] });
    const none = await list("?n=0");
    expect([none.json(), none.headers.get("link")]).toEqual([{ name: "repo", tags: [] }, null]);
    expect((await list("?last=b")).json()).toEqual({ name: "repo", tags: ["c"] });
  });
}

function describeReferrers(client: () => Client): void {
  test("referrers are listed with their types and annotations, filtered on demand, and never missing", async () => {
    const subject = descriptor(OCI_MANIFEST, digestOf(EMPTY), 2);
    const config = descriptor(EMPTY_TYPE, await client().pushBlob("repo", EMPTY), 2);
    const artifact = (artifactType: string | undefined) => ({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      ...(artifactType ? { artifactType } : {}),
      config,
      layers: [],
      subject,
      annotations: { of: artifactType ?? "none" },
    });
    const referrers = async (query = "") =>
      client().send("GET", `/v2/repo/referrers/${subject.digest}${query}`);
    const before = await referrers();
    expect([before.status, before.headers.get("content-type")]).toEqual([200, OCI_INDEX]);
    expect(before.json()).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    for (const type of ["a/b", undefined])
      await client().pushManifest("repo", type ? "a" : "n", artifact(type));
    const { manifests } = (await referrers()).json<{ manifests: { artifactType: string }[] }>();
    expect(manifests.map(({ artifactType }) => artifactType).sort()).toEqual(["a/b", EMPTY_TYPE]);
    const filtered = await referrers("?artifactType=a/b");
    expect(filtered.headers.get("oci-filters-applied")).toBe("artifactType");
    expect(filtered.json<{ manifests: object[] }>().manifests).toMatchObject([
      { annotations: { of: "a/b" } },
    ]);
    expect((await client().send("GET", "/v2/repo/referrers/sha256:short")).status).toBe(400);
  });

  test("referrers that an older client keeps in a tagged index are listed too", async () => {
    const subject = digestOf(randomBytes(4));
    const image = await client().pushImage("repo", "v1");
    const child = { ...descriptor(OCI_MANIFEST, image.digest, image.bytes.length), artifactType: "old/type" };
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] };
    expect((await client().pushManifest("repo", subject.replace(":", "-"), index)).status).toBe(201);
    const listed = await client().send("GET", `/v2/repo/referrers/${subject}`);
    expect(listed.json<{ manifests: object[] }>().manifests).toEqual([child]);
  });
}
