import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobStore } from "@roadstead/blob-store/blob-store";
import { openBlobStore } from "@roadstead/blob-store/open-blob-store";
import { migrate } from "@roadstead/db/migrate";
import { createLogger } from "@roadstead/service-kit/log";
import { usePostgres } from "@roadstead/testing/postgres";
import { useRedis } from "@roadstead/testing/redis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configSchema } from "./config.ts";
import { type Client, digestOf } from "./registry-client.test-data.ts";
import { useRegistries } from "./registry-fixture.ts";
import { sweepBlobs, sweepOrphans, sweepUploads } from "./sweeps.ts";

let folder: string;
let store: BlobStore;
let client: Client;
const registries = useRegistries(usePostgres({ migrate }), useRedis(), () => ({
  ROADSTEAD_BLOB_DIR: folder,
}));
const log = createLogger({ service: "test", level: "silent" });
const { signal } = new AbortController();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "roadstead-blobs-"));
  store = await openBlobStore(configSchema.parse({ ROADSTEAD_BLOB_DIR: folder }));
  await registries.repository("repo");
  client = registries.client(await registries.open());
});
afterEach(async () => {
  await store.close();
  if (existsSync(folder)) rmSync(folder, { recursive: true });
});

const deps = () => ({ db: registries.db(), store, log });
const endLeases = () => registries.db().query("UPDATE blobs SET lease_until = now() - interval '1 second'");
const objects = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
const has = async (digest: string) => (await client.send("GET", `/v2/repo/blobs/${digest}`)).status === 200;

test("a blob that no image names is kept while its lease runs, and then goes with its object", async () => {
  const image = await client.pushImage("repo", "v1");
  const loose = await client.pushBlob("repo", randomBytes(100));
  const before = objects();
  await sweepBlobs(deps(), signal);
  expect(objects()).toBe(before);
  await endLeases();
  await sweepBlobs(deps(), signal);
  expect(objects()).toBe(before - 1);
  await expect.poll(() => has(loose), { timeout: 15_000 }).toBe(false);
  expect([await has(image.layer), await has(image.config)]).toEqual([true, true]);
});

test("whoever is told that a blob is there has time to push what needs it", async () => {
  const bytes = randomBytes(100);
  const digest = await client.pushBlob("repo", bytes);
  await endLeases();
  expect((await client.send("HEAD", `/v2/repo/blobs/${digest}`)).status).toBe(200);
  await sweepBlobs(deps(), signal);
  expect(await has(digest)).toBe(true);
});

test("a deleted repository leaves the blobs that another one has, and only those", async () => {
  const { id } = await registries.repository("gone");
  const shared = randomBytes(100);
  const image = await client.pushImage("repo", "v1", shared);
  await client.pushImage("gone", "v1", shared);
  const own = await client.pushImage("gone", "v2", randomBytes(50));
  await registries.db().query("DELETE FROM repositories WHERE id = $1", [id]);
  await endLeases();
  await sweepBlobs(deps(), signal);
  expect([await has(image.layer), await has(image.config)]).toEqual([true, true]);
  const rows = await registries.db().query("SELECT 1 FROM blobs WHERE digest = $1", [own.layer]);
  expect(rows).toEqual([]);
});

test("pushes that go on while blobs are collected lose nothing that was acknowledged", async () => {
  const shared = randomBytes(1_000);
  const pushed = [];
  for (let round = 0; round < 15; round++) {
    await endLeases();
    const [image] = await Promise.all([
      client.pushImage("repo", `v${round}`, shared).catch(() => null),
      sweepBlobs(deps(), signal),
    ]);
    if (image) pushed.push(image);
    if (round % 3 === 2) await client.send("DELETE", `/v2/repo/manifests/v${round}`);
  }
  expect(pushed.length).toBeGreaterThan(0);
  for (const { digest, layer, config } of pushed) {
    expect((await client.send("GET", `/v2/repo/manifests/${digest}`)).status).toBe(200);
    const layers = await client.send("GET", `/v2/repo/blobs/${layer}`);
    expect(digestOf(layers.bytes)).toBe(layer);
    expect(await has(config)).toBe(true);
  }
});

test("an upload that nobody goes on with is forgotten with what it had received; a young one is not", async () => {
  const begin = async () =>
    (await client.send("POST", "/v2/repo/blobs/uploads/")).headers.get("location") ?? "";
  const old = await begin();
  await client.send("PATCH", old, { body: randomBytes(100) });
  await registries.db().query("UPDATE uploads SET updated_at = now() - interval '25 hours'");
  const young = await begin();
  await client.send("PATCH", young, { body: randomBytes(100) });
  const before = objects();
  await sweepUploads(deps(), 24 * 60 * 60 * 1_000, signal);
  expect(objects()).toBe(before - 1);
  expect((await client.send("GET", old)).status).toBe(404);
  expect((await client.send("GET", young)).status).toBe(204);
});

test("an object that no row names is removed, those of blobs and uploads stay", async () => {
  const image = await client.pushImage("repo", "v1");
  const upload = (await client.send("POST", "/v2/repo/blobs/uploads/")).headers.get("location") ?? "";
  await client.send("PATCH", upload, { body: randomBytes(100) });
  const before = objects();
  const orphan = await store.startUpload();
  await orphan.append(
    (async function* () {
      yield randomBytes(10);
    })(),
  );
  await orphan.complete();
  expect(objects()).toBe(before + 1);
  await sweepOrphans(deps(), new Date(Date.now() + 60_000), signal);
  expect(objects()).toBe(before);
  expect([await has(image.layer), await has(image.config)]).toEqual([true, true]);
  expect((await client.send("GET", upload)).status).toBe(204);
});
