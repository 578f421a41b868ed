import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@roadstead/service-kit/config";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { blobStoreSettings, openBlobStore } from "./open-blob-store.ts";

const open = async (env: Readonly<Record<string, string>>) =>
  openBlobStore(parseConfig(z.object(blobStoreSettings), env));

test("a folder that is named is made and opened", async () => {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-blobs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = await open({ ROADSTEAD_BLOB_DIR: join(folder, "a", "b") });
  await expect(store.ping()).resolves.toBeUndefined();
  await store.close();
});

test.each([
  ["nowhere", {}],
  ["two places", { ROADSTEAD_BLOB_DIR: "a", ROADSTEAD_BLOB_S3_ENDPOINT: "http://127.0.0.1:1" }],
  ["a bucket without a key", { ROADSTEAD_BLOB_S3_ENDPOINT: "http://127.0.0.1:1" }],
  ["an address that is none", { ROADSTEAD_BLOB_S3_ENDPOINT: "minio:9000" }],
])("to keep blobs in %s is refused", async (_name, env) => {
  await expect(open(env)).rejects.toThrow(/ROADSTEAD_BLOB/);
});
