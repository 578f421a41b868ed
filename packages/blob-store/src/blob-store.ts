/**
 * What the registry asks of an object store: uploads that grow by appending, and blobs that never change; both drivers
 * implement it, and `describeBlobStore` (contract.ts) tests them.
 *
 * A key is random and never used again, so that completing an upload copies nothing and a late removal hits nothing new.
 */
import type { Readable } from "node:stream";

export interface BlobStore {
  startUpload(): Promise<BlobUpload>;
  /** Goes on from a state that any process got from an append; what was written after it is discarded. */
  resumeUpload(state: UploadState): Promise<BlobUpload>;
  /**
   * Rejects with BlobNotFoundError, or BlobStoreError when the store does not answer in time. A range is cut to the
   * blob's end. Only the key of a completed upload may be read.
   */
  read(key: string, range?: ByteRange): Promise<Readable>;
  /** Bytes of a completed blob; null when there is none. */
  size(key: string): Promise<number | null>;
  /** Removes a blob, or whatever an upload with this key has left. Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** Keys of blobs and of abandoned uploads not written to since `olderThan`, for sweeps of what no row names. */
  list(olderThan: Date): AsyncIterable<string>;
  /** Rejects unless the store answers now. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Both ends belong to the range, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** An upload is used by one caller at a time. */
export interface BlobUpload {
  readonly key: string;
  /** What is durable; to be kept by the caller, as JSON. */
  readonly state: UploadState;
  /**
   * Takes all of `source`, as fast as the store does, and resolves when every byte is durable. Chunks are the store's
   * from then on: whoever gave one must not write to it again. When the source fails,
   * what it gave until then is kept: the rejection is a SourceFailedError with the new state. When the store
   * fails, the upload stands where it stood before the call.
   */
  append(source: AsyncIterable<Uint8Array>, options?: AppendOptions): Promise<UploadState>;
  /** Makes the upload a blob. May be tried again, also from a resumed state. An upload without bytes is an empty blob. */
  complete(): Promise<CompletedBlob>;
  /** Removes every trace of the upload; it may have been completed. */
  abort(): Promise<void>;
}

export interface AppendOptions {
  /** Called with what is durable so far while a long append goes on. */
  readonly onDurable?: (state: UploadState) => void;
}

/** JSON; only `key` and `size` are for others to read, the rest is its driver's. */
export interface UploadState {
  readonly key: string;
  readonly size: number;
  readonly driver: Readonly<Record<string, unknown>>;
}

export interface CompletedBlob {
  readonly key: string;
  readonly size: number;
}

export class BlobNotFoundError extends Error {
  override readonly name = "BlobNotFoundError";
  constructor(key: string, options?: ErrorOptions) {
    super(`there is no blob ${key}`, options);
  }
}

/** The store failed, refused or was silent too long; the same call may succeed later. */
export class BlobStoreError extends Error {
  override readonly name = "BlobStoreError";
}

/** The caller's source failed while it was being appended; `state` says how much of it was kept. */
export class SourceFailedError extends Error {
  override readonly name = "SourceFailedError";
  readonly state: UploadState;
  constructor(state: UploadState, cause: unknown) {
    super("the source of an upload ended before its end", { cause });
    this.state = state;
  }
}
