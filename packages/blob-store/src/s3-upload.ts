/**
 * An upload to an object store, opened by the S3 store. One append makes one object, or parts of a multipart upload, each
 * byte written once. Only an append too short for a part leaves a piece that is written again with what follows it.
 */
import {
  type AppendOptions,
  BlobStoreError,
  type BlobUpload,
  type CompletedBlob,
  SourceFailedError,
} from "./blob-store.ts";
import type { PartBuffers } from "./part-buffers.ts";
import type { S3Connection } from "./s3-connection.ts";
import { startGathering } from "./s3-gathering.ts";
import { nextPartNumber, type PartNumbering, startParts } from "./s3-parts.ts";
import { type S3State, tailBytes } from "./s3-state.ts";
import { loadTail, tailKey } from "./s3-tail.ts";
import { sourceChunks } from "./source-chunks.ts";

export interface S3UploadDeps {
  readonly s3: S3Connection;
  readonly buffers: PartBuffers;
  readonly discard: (key: string) => Promise<void>;
}

/** `begun` says who began it: an upload of another process may have parts that this one does not know. */
export function openS3Upload(
  options: S3UploadDeps,
  opened: S3State,
  begun: "here" | "elsewhere",
): BlobUpload {
  const deps = { ...options, numbering: { next: begun === "here" ? 1 : null } };
  let state = opened;
  return {
    key: state.key,
    get state() {
      return state;
    },
    async append(source, options = {}) {
      const { chunks, failure } = sourceChunks(source);
      state = await append(deps, state, chunks, options);
      const failed = failure();
      if (failed !== null) throw new SourceFailedError(state, failed.cause);
      return state;
    },
    complete: () => complete(deps, state),
    async abort() {
      if (state.driver.uploadId !== null) await deps.s3.abortParts(state.key, state.driver.uploadId);
      await deps.discard(state.key);
    },
  };
}

interface UploadDeps extends S3UploadDeps {
  readonly numbering: PartNumbering;
}

async function append(
  deps: UploadDeps,
  from: S3State,
  chunks: AsyncIterable<Uint8Array>,
  { onDurable }: AppendOptions,
): Promise<S3State> {
  const parts = startParts(from, { ...deps, onDurable: (state) => onDurable?.(state) });
  const gathering = startGathering(from, { ...deps, parts });
  try {
    for await (const chunk of chunks) await gathering.add(chunk);
    return await gathering.finish();
  } finally {
    gathering.release();
    await parts.settle();
  }
}

async function complete(deps: UploadDeps, state: S3State): Promise<CompletedBlob> {
  const { key, size, driver } = state;
  const isWhole = driver.parts.length === 0 && driver.tail.length === 1 && driver.tail[0]?.key === key;
  if (isWhole) return { key, size };
  await assemble(deps, state);
  for (let piece = 0; piece < driver.tailsMade; piece++) await deps.s3.remove(tailKey(key, piece));
  return { key, size };
}

/** An answer that was lost makes us try again what was done already: then the blob is there with all its bytes. */
async function assemble(deps: UploadDeps, state: S3State): Promise<void> {
  try {
    if (state.driver.uploadId === null && (await deps.s3.size(state.key)) === state.size) return;
    await assembleParts(deps, state);
  } catch (error) {
    if (error instanceof BlobStoreError) throw error;
    if ((await deps.s3.size(state.key)) === state.size) return;
    throw new BlobStoreError("the object store could not complete an upload", { cause: error });
  }
}

async function assembleParts({ s3, buffers, numbering }: UploadDeps, state: S3State): Promise<void> {
  const { key, driver } = state;
  const left = tailBytes(state);
  const parts = [...driver.parts];
  if (left > 0 || driver.uploadId === null) {
    const buffer = await buffers.take();
    try {
      await loadTail(s3, driver.tail, buffer);
      const { uploadId } = driver;
      numbering.next ??= await nextPartNumber(s3, state);
      const number = uploadId === null ? 1 : numbering.next++;
      const part = uploadId === null ? undefined : { uploadId, number };
      parts.push({ number, etag: await s3.put(key, buffer.subarray(0, left), part) });
    } finally {
      buffers.giveBack(buffer);
    }
  }
  if (driver.uploadId !== null) await s3.completeParts(key, driver.uploadId, parts);
}
