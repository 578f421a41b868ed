/** Makes and checks the keys of blobs; both drivers use it. */
import { randomUUID } from "node:crypto";

const BLOB_KEY = /^blobs\/[0-9a-f]{2}\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SHARD_LENGTH = 2;

/** Sharded by its first two digits, so that no folder grows beyond what a file system likes. */
export function newBlobKey(): string {
  const id = randomUUID();
  return `blobs/${id.slice(0, SHARD_LENGTH)}/${id}`;
}

export function isBlobKey(key: string): boolean {
  return BLOB_KEY.test(key);
}

/** Keys become paths and URLs, so that nothing else may pass for one. */
export function checkBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new TypeError(`${JSON.stringify(key)} is not the key of a blob`);
}
