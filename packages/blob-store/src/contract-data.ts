/** What the contract of blob stores gives them to store and how it looks at what they stored. */
import type { BlobStore, UploadState } from "./blob-store.ts";

export const CHUNK_BYTES = 65_536;

export async function* chunked(data: Buffer, bytes = CHUNK_BYTES, failure?: Error): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.byteLength; at += bytes) yield data.subarray(at, at + bytes);
  if (failure !== undefined) throw failure;
}

/** Gives its data and then nothing, as a client does whose connection hangs, until it is made to fail. */
export function neverEnding(data: Buffer) {
  const consumed = Promise.withResolvers<void>();
  const end = Promise.withResolvers<never>();
  async function* source() {
    yield* chunked(data);
    consumed.resolve();
    yield await end.promise;
  }
  return { source: source(), consumed: consumed.promise, fail: () => end.reject(new Error("gone")) };
}

export async function bytesOf(
  store: BlobStore,
  key: string,
  range?: { start: number; end: number },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await store.read(key, range)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function listed(store: BlobStore, olderThan: number): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(new Date(olderThan))) keys.push(key);
  return keys;
}

export const throughJson = (state: UploadState): UploadState => JSON.parse(JSON.stringify(state));
