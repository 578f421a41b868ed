/** Keeps blobs as files under one folder; `openBlobStore` opens it where no object store is configured. */
import { createReadStream, type Dirent } from "node:fs";
import { access, constants, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { checkBlobKey, isBlobKey, newBlobKey } from "./blob-key.ts";
import { BlobNotFoundError, type BlobStore, type ByteRange } from "./blob-store.ts";
import { openFilesystemUpload, storeCall } from "./filesystem-upload.ts";

const READ_CHUNK_BYTES = 1_048_576;
const FOLDER_MODE = 0o700;

/** `folder` is made when it is missing. */
export async function openFilesystemStore(folder: string): Promise<BlobStore> {
  await storeCall(() => mkdir(join(folder, "blobs"), { recursive: true, mode: FOLDER_MODE }));
  const pathOf = (key: string): string => {
    checkBlobKey(key);
    return join(folder, key);
  };
  return {
    async startUpload() {
      const key = newBlobKey();
      return openFilesystemUpload(pathOf(key), { key, size: 0, driver: {} });
    },
    resumeUpload: async (state) => openFilesystemUpload(pathOf(state.key), state),
    read: async (key, range) => readBlob(pathOf(key), key, range),
    size: async (key) => (await statOf(pathOf(key)))?.size ?? null,
    async remove(key) {
      const path = pathOf(key);
      await storeCall(() => rm(path, { force: true }));
    },
    list: (olderThan) => listBlobs(folder, olderThan),
    ping: () => storeCall(() => access(join(folder, "blobs"), constants.W_OK)),
    close: async () => undefined,
  };
}

/** Opens before it answers, so that a blob that is not there is an error of the call and not of the stream. */
async function readBlob(path: string, key: string, range: ByteRange | undefined): Promise<Readable> {
  const file = await storeCall(() => unlessMissing(open(path, "r")));
  if (file === null) throw new BlobNotFoundError(key);
  return createReadStream(path, { ...range, fd: file, highWaterMark: READ_CHUNK_BYTES });
}

async function* listBlobs(folder: string, olderThan: Date): AsyncGenerator<string> {
  for (const shard of await entriesOf(join(folder, "blobs"))) {
    for (const file of shard.isDirectory() ? await entriesOf(join(folder, "blobs", shard.name)) : []) {
      const key = `blobs/${shard.name}/${file.name}`;
      if (!isBlobKey(key)) continue;
      const found = await statOf(join(folder, key));
      if (found !== null && found.mtime < olderThan) yield key;
    }
  }
}

function entriesOf(path: string): Promise<readonly Dirent[]> {
  return storeCall(() => readdir(path, { withFileTypes: true }));
}

function statOf(path: string) {
  return storeCall(() => unlessMissing(stat(path)));
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
