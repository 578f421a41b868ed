import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@roadstead/db/migrate";
import { usePostgres } from "@roadstead/testing/postgres";
import { useRedis } from "@roadstead/testing/redis";
import { afterAll, expect, test } from "vitest";
import { digestOf } from "./registry-client.test-data.ts";
import { useRegistries } from "./registry-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "roadstead-blobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const registries = useRegistries(usePostgres({ migrate }), useRedis(), () => ({
  ROADSTEAD_BLOB_DIR: folder,
}));

test("what was pushed is pulled with its exact bytes", async () => {
  await registries.repository("team/web");
  const client = registries.client(await registries.open());
  const layer = randomBytes(3_000_000);
  const image = await client.pushImage("team/web", "v1", layer);
  const manifest = await client.send("GET", "/v2/team/web/manifests/v1");
  expect(manifest.bytes).toEqual(image.bytes);
  expect(manifest.headers.get("docker-content-digest")).toBe(image.digest);
  const blob = await client.send("GET", `/v2/team/web/blobs/${image.layer}`);
  expect(digestOf(blob.bytes)).toBe(digestOf(layer));
});
