/** The body of a request as the bytes come: counted, hashed on the way, and cut off when the upload is taken from us. */
import { createHash, type Hash } from "node:crypto";
import type { DigestAlgorithm } from "./decide/digest.ts";

/** Bytes on their way into the store. */
export type Body = AsyncIterable<Uint8Array>;

/** The hash of everything an upload has received; it goes on from one request to the next within this process. */
export interface RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly hash: Hash;
  /** Bytes that went through it. */
  size: number;
}

export const newRunningHash = (algorithm: DigestAlgorithm): RunningHash => ({
  algorithm,
  hash: createHash(algorithm),
  size: 0,
});

/** Throws what `signal` was aborted with. Without a hash the bytes only pass. */
export async function* received(body: Body, running: RunningHash | null, signal: AbortSignal): Body {
  for await (const chunk of body) {
    signal.throwIfAborted();
    if (running !== null) {
      running.hash.update(chunk);
      running.size += chunk.length;
    }
    yield chunk;
  }
  signal.throwIfAborted();
}

/** The digest so far, or null when the hash has not seen exactly `size` bytes. The hash can go on. */
export const hexOf = (running: RunningHash | null, size: number): string | null =>
  running?.size === size ? running.hash.copy().digest("hex") : null;

/** Hashes what a store holds. */
export async function hashOf(algorithm: DigestAlgorithm, source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of source) hash.update(chunk);
  return hash.digest("hex");
}
