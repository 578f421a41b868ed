import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { BlobStoreError, SourceFailedError } from "./blob-store.ts";
import { blobStoreContract } from "./contract.ts";
import { openFilesystemStore } from "./filesystem-store.ts";

const folder = await mkdtemp(join(tmpdir(), "roadstead-blobs-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

blobStoreContract("a folder", () => openFilesystemStore(join(folder, "store")));

test("a full disk fails the append as the store's error and leaves the upload where it was", async () => {
  const root = join(folder, "full");
  const store = await openFilesystemStore(root);
  const upload = await store.startUpload();
  const path = join(root, upload.key);
  await mkdir(dirname(path), { recursive: true });
  await symlink("/dev/full", path);
  const failure = await upload.append(chunks(20)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BlobStoreError);
  expect(failure).not.toBeInstanceOf(SourceFailedError);
  expect(upload.state.size).toBe(0);
  await rm(path);
  expect(await upload.append(chunks(2))).toMatchObject({ size: 2 * 1_048_576 });
  await store.remove(upload.key);
});

test("bytes that are gone are no upload to go on with", async () => {
  const store = await openFilesystemStore(join(folder, "gone"));
  const upload = await store.startUpload();
  const state = await upload.append(chunks(1));
  await store.remove(upload.key);
  const resumed = await store.resumeUpload(state);
  await expect(resumed.append(chunks(1))).rejects.toBeInstanceOf(BlobStoreError);
  await expect(resumed.complete()).rejects.toBeInstanceOf(BlobStoreError);
});

async function* chunks(count: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at++) yield Buffer.alloc(1_048_576, at);
}
