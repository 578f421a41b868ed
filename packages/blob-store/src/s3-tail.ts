/** The pieces of an upload that are too short for parts: how they are named and fetched; S3 uploads use it. */
import { BlobStoreError } from "./blob-store.ts";
import type { S3Connection } from "./s3-connection.ts";
import type { TailPiece } from "./s3-state.ts";

const FOLDER = "uploads";

export function tailKey(blobKey: string, piece: number): string {
  return `${tailPrefix(blobKey)}${piece}`;
}

export function tailPrefix(blobKey: string): string {
  return `${FOLDER}/${blobKey}.`;
}

/** The key of the blob that a piece belongs to. */
export function blobKeyOfTail(key: string): string {
  return key.slice(FOLDER.length + 1, key.lastIndexOf("."));
}

export const TAILS_PREFIX = `${FOLDER}/`;

/** Fetches the pieces to the front of `into`. One that another process has written over since is not ours to use. */
export async function loadTail(
  s3: S3Connection,
  tail: readonly TailPiece[],
  into: Uint8Array,
): Promise<void> {
  let at = 0;
  for (const piece of tail) {
    const { stream, etag } = await s3.get(piece.key);
    const end = at + piece.size;
    if (etag !== piece.etag) {
      stream.destroy();
      throw new BlobStoreError("an upload was continued from two states at once");
    }
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (at + chunk.byteLength > end) throw new BlobStoreError("a piece of an upload is longer than it was");
      into.set(chunk, at);
      at += chunk.byteLength;
    }
    if (at < end) throw new BlobStoreError("a piece of an upload is shorter than it was");
  }
}
