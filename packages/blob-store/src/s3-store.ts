/** Keeps blobs as objects of a bucket in MinIO or what speaks like it; `openBlobStore` opens it where one is configured. */
import { Readable } from "node:stream";
import { checkBlobKey, isBlobKey, newBlobKey } from "./blob-key.ts";
import { BlobNotFoundError, type BlobStore, BlobStoreError, type ByteRange } from "./blob-store.ts";
import { createPartBuffers } from "./part-buffers.ts";
import type { S3Body } from "./s3-body.ts";
import { isRefused } from "./s3-calls.ts";
import { connectS3, type S3Connection, type S3Settings } from "./s3-connection.ts";
import { newState, parseState } from "./s3-state.ts";
import { blobKeyOfTail, TAILS_PREFIX, tailPrefix } from "./s3-tail.ts";
import { openS3Upload } from "./s3-upload.ts";

const MIB = 1_048_576;
/** Memory of all uploads of this process: buffers × bytes. Behind many slow clients a turn may take minutes to come. */
const PART_BUFFERS = { bytes: 12 * MIB, count: 16, waitMs: 300_000 };
const STALL_TIMEOUT_MS = 30_000;
const BLOBS_PREFIX = "blobs/";

/** The bucket is made when it is missing. */
export async function openS3Store(settings: S3Settings): Promise<BlobStore> {
  const s3 = connectS3(settings);
  try {
    await s3.makeBucket();
  } catch (error) {
    s3.close();
    throw error;
  }
  const deps = { s3, buffers: createPartBuffers(PART_BUFFERS), discard: (key: string) => removeAll(s3, key) };
  return {
    startUpload: async () => openS3Upload(deps, newState(newBlobKey()), "here"),
    async resumeUpload(state) {
      checkBlobKey(state.key);
      return openS3Upload(deps, parseState(state), "elsewhere");
    },
    read: (key, range) => readBlob(s3, key, range),
    async size(key) {
      checkBlobKey(key);
      return s3.size(key);
    },
    remove: (key) => removeAll(s3, key),
    list: (olderThan) => listKeys(s3, olderThan),
    ping: () => s3.ping(),
    close: async () => s3.close(),
  };
}

async function readBlob(s3: S3Connection, key: string, range?: ByteRange): Promise<Readable> {
  checkBlobKey(key);
  try {
    return endingStalls(await s3.get(key, range));
  } catch (error) {
    if (isRefused(error, "InvalidRange")) return Readable.from([]);
    if (isRefused(error, "NoSuchKey")) throw new BlobNotFoundError(key, { cause: error });
    throw error;
  }
}

/** Ends a body that has stopped coming while its reader was waiting for it; a slow reader has all the time it wants. */
function endingStalls({ stream, bytesRead }: S3Body): Readable {
  let seen = bytesRead();
  const watch = setInterval(() => {
    const isStalled = bytesRead() === seen && stream.readableLength === 0 && !stream.isPaused();
    seen = bytesRead();
    if (isStalled)
      stream.destroy(new BlobStoreError(`the object store sent nothing in ${STALL_TIMEOUT_MS} ms`));
  }, STALL_TIMEOUT_MS);
  watch.unref();
  stream.once("close", () => clearInterval(watch));
  return stream;
}

async function removeAll(s3: S3Connection, key: string): Promise<void> {
  checkBlobKey(key);
  for (const { uploadId } of await s3.openUploads(key)) await s3.abortParts(key, uploadId);
  for await (const piece of s3.objects(tailPrefix(key))) await s3.remove(piece.key);
  await s3.remove(key);
}

async function* listKeys(s3: S3Connection, olderThan: Date): AsyncGenerator<string> {
  const isOld = ({ modified }: { readonly modified: Date }) => modified < olderThan;
  for await (const object of s3.objects(BLOBS_PREFIX)) {
    if (isOld(object) && isBlobKey(object.key)) yield object.key;
  }
  for await (const piece of s3.objects(TAILS_PREFIX)) {
    const key = blobKeyOfTail(piece.key);
    if (isOld(piece) && isBlobKey(key)) yield key;
  }
  for (const upload of await s3.openUploads(BLOBS_PREFIX)) {
    if (isOld(upload) && isBlobKey(upload.key)) yield upload.key;
  }
}
