/** GET, HEAD and DELETE of a blob. */
import { BlobNotFoundError, type BlobStore } from "@roadstead/blob-store/blob-store";
import { removeFromRepository } from "@roadstead/db/blobs";
import type { Db } from "@roadstead/db/connect";
import { parseRange } from "../decide/byte-range.ts";
import { type Digest, parseDigest } from "../decide/digest.ts";
import { answer, answerStream, type Headers, type RepositoryExchange } from "../exchange.ts";
import type { Metadata } from "../metadata.ts";
import { blobUnknown, digestInvalid, unsupported } from "../registry-error.ts";

export interface BlobHandlersDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly metadata: Metadata;
  readonly changed: () => void;
}

export async function getBlob(
  { store, metadata }: BlobHandlersDeps,
  exchange: RepositoryExchange,
  reference: string,
): Promise<void> {
  const { request, response, repository } = exchange;
  const digest = requireDigest(reference);
  const blob = await metadata.blob(repository.id, digest.text);
  if (blob === null) throw blobUnknown(digest.text);
  const { size, objectKey } = blob;
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest.text,
    etag: `"${digest.text}"`,
    "accept-ranges": "bytes",
    "cache-control": "max-age=31536000",
  };
  if (request.method === "HEAD") return answer(response, 200, { ...headers, "content-length": String(size) });
  const range = parseRange(request.headers.range, size);
  if (range === "unsatisfiable") return answer(response, 416, { "content-range": `bytes */${size}` });
  if (size === 0) return answer(response, 200, headers);
  const source = await openBlob(store, objectKey, range, digest);
  const partial: Headers = range
    ? {
        "content-range": `bytes ${range.start}-${range.end}/${size}`,
        "content-length": String(range.end - range.start + 1),
      }
    : { "content-length": String(size) };
  await answerStream(response, range ? 206 : 200, { source, headers: { ...headers, ...partial } });
}

async function openBlob(
  store: BlobStore,
  key: string,
  range: { readonly start: number; readonly end: number } | null,
  digest: Digest,
) {
  try {
    return await store.read(key, range ?? undefined);
  } catch (error) {
    if (error instanceof BlobNotFoundError) throw blobUnknown(digest.text);
    throw error;
  }
}

/** What a manifest of the repository names stays: it would make that image impossible to pull. */
export async function deleteBlob(
  { db, metadata, changed }: BlobHandlersDeps,
  { response, repository }: RepositoryExchange,
  reference: string,
): Promise<void> {
  const digest = requireDigest(reference);
  const result = await db.write((tx) => removeFromRepository(tx, repository.id, digest.text));
  if (result === "unknown") throw blobUnknown(digest.text);
  if (result === "referenced") throw unsupported("the blob belongs to an image of this repository");
  metadata.doubt();
  changed();
  answer(response, 202);
}

export function requireDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (digest === null) throw digestInvalid("invalid digest", { digest: text });
  return digest;
}
