/** Takes blobs in: begins uploads, appends to them, and makes them blobs once their digest is verified. */
import {
  type BlobStore,
  type BlobUpload,
  SourceFailedError,
  type UploadState,
} from "@roadstead/blob-store/blob-store";
import type { Db } from "@roadstead/db/connect";
import type { RegistryRepository } from "@roadstead/db/manifests";
import { deleteUpload, findUpload, insertUpload, releaseUpload } from "@roadstead/db/uploads";
import { newUuid } from "@roadstead/service-kit/ids";
import type { Logger } from "@roadstead/service-kit/log";
import type { Digest, DigestAlgorithm } from "./decide/digest.ts";
import { finishBlob, verifyBlob } from "./finish-blob.ts";
import { type Body, hexOf, newRunningHash, type RunningHash, received } from "./received-body.ts";
import { digestMismatch, uploadBusy } from "./registry-error.ts";
import { createRunningHashes } from "./running-hashes.ts";
import { type Claim, createUploadClaims } from "./upload-claims.ts";

/** A request's body, which can be cut off when the upload is taken from the request. */
export interface RequestBody {
  readonly chunks: Body;
  cut(reason: Error): void;
}

export interface ReceivedUpload {
  readonly id: string;
  readonly received: number;
}

/** Throws when the bytes at hand do not belong at `received`. */
export type CheckStart = (received: number) => void;

export interface BlobUploads {
  begin(repository: RegistryRepository): Promise<ReceivedUpload>;
  find(repository: RegistryRepository, id: string): Promise<ReceivedUpload | null>;
  /** Keeps whatever came, also when the client vanishes in the middle: it can ask how much that was and go on. */
  append(
    repository: RegistryRepository,
    id: string,
    body: RequestBody,
    check: CheckStart,
  ): Promise<ReceivedUpload>;
  /** Resolves when the blob is durable. A wrong digest ends the upload. */
  complete(
    repository: RegistryRepository,
    id: string,
    last: { readonly digest: Digest; readonly body: RequestBody | null; readonly check: CheckStart },
  ): Promise<void>;
  /** A whole blob in one request, without an upload that could be gone on with. */
  single(repository: RegistryRepository, digest: Digest, body: RequestBody): Promise<void>;
  cancel(repository: RegistryRepository, id: string): Promise<void>;
}

export interface BlobUploadsDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly log: Logger;
}

export function createBlobUploads(deps: BlobUploadsDeps): BlobUploads {
  const { db, store } = deps;
  const claims = createUploadClaims(deps);
  const hashes = createRunningHashes();
  return {
    async begin(repository) {
      const id = newUuid();
      const upload = await store.startUpload();
      await insertUpload(db, { id, repositoryId: repository.id, state: upload.state });
      return { id, received: 0 };
    },
    find: async (repository, id) => findUpload(db, repository.id, id),
    append: (repository, id, body, check) =>
      claims.claimed(repository.id, id, async (claim) => {
        const { upload } = claim;
        await orRelease(db, claim, async () => check(upload.received));
        const running = hashes.take(upload, "sha256");
        const { state, failure } = await orRelease(db, claim, () => appendTo(store, claim, body, running));
        const version = await releaseUpload(db, upload, { state, sha256: hexOf(running, state.size) });
        if (version === null) throw uploadBusy();
        if (running !== null) hashes.keep(id, version, running);
        if (failure !== null) throw failure;
        return { id, received: state.size };
      }),
    complete: (repository, id, last) =>
      claims.claimed(repository.id, id, async (claim) => {
        await orRelease(db, claim, () => completeClaimed(deps, repository, claim, last, hashes.take));
      }),
    async single(repository, digest, body) {
      const upload = await store.startUpload();
      await receiveWhole(upload, digest, body);
      // From here on the row may name the object even when the answer is lost: only the sweep removes it.
      await finishBlob(deps, repository, { digest, upload, row: null });
    },
    cancel: (repository, id) =>
      claims.claimed(repository.id, id, async ({ upload }) => {
        await deleteUpload(db, upload);
        await store.remove(upload.state.key);
      }),
  };
}

type TakeHash = (
  upload: { readonly id: string; readonly received: number; readonly version: number },
  algorithm: DigestAlgorithm,
) => RunningHash | null;

async function completeClaimed(
  deps: BlobUploadsDeps,
  repository: RegistryRepository,
  claim: Claim,
  last: Parameters<BlobUploads["complete"]>[2],
  takeHash: TakeHash,
): Promise<void> {
  const { upload: row } = claim;
  const { digest } = last;
  last.check(row.received);
  const { state, known } = await appendLast(deps, claim, last, takeHash);
  const upload = await deps.store.resumeUpload(state);
  try {
    await verifyBlob(deps.store, upload, { digest, known: row.doubtful ? null : known });
    await finishBlob(deps, repository, { digest, upload, row });
  } catch (error) {
    if (isMismatch(error)) {
      if (await deleteUpload(deps.db, row)) await upload.abort();
    } else {
      // The bytes stay, so that the client may ask for the end again without them.
      const sha256 = digest.algorithm === "sha256" ? known : null;
      await releaseUpload(deps.db, row, { state, sha256 });
    }
    throw error;
  }
}

/** Takes the last chunk, if the request that ends the upload carries one; what everything hashes to, if known. */
async function appendLast(
  { db, store }: BlobUploadsDeps,
  claim: Claim,
  { digest, body }: Parameters<BlobUploads["complete"]>[2],
  takeHash: TakeHash,
): Promise<{ readonly state: UploadState; readonly known: string | null }> {
  const { upload: row } = claim;
  if (body === null) return { state: row.state, known: digest.algorithm === "sha256" ? row.sha256 : null };
  const running = takeHash(row, digest.algorithm);
  const { state, failure } = await appendTo(store, claim, body, running);
  const known = hexOf(running, state.size);
  if (failure === null) return { state, known };
  await releaseUpload(db, row, { state, sha256: digest.algorithm === "sha256" ? known : null });
  throw failure;
}

async function receiveWhole(upload: BlobUpload, digest: Digest, body: RequestBody): Promise<void> {
  try {
    const running = newRunningHash(digest.algorithm);
    const state = await upload.append(received(body.chunks, running, new AbortController().signal));
    const computed = hexOf(running, state.size);
    if (computed !== digest.hex) throw digestMismatch(digest.text, `${digest.algorithm}:${computed}`);
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

const isMismatch = (error: unknown) => error instanceof Error && error.name === "DIGEST_INVALID";

/** What the client sent is kept even when it vanished; that is then `failure`. */
async function appendTo(
  store: BlobStore,
  { upload: row, signal, durable }: Claim,
  body: RequestBody,
  running: RunningHash | null,
): Promise<{ readonly state: UploadState; readonly failure: Error | null }> {
  const cut = () => body.cut(uploadBusy());
  signal.addEventListener("abort", cut, { once: true });
  try {
    const upload: BlobUpload = await store.resumeUpload(row.state);
    const state = await upload.append(received(body.chunks, running, signal), { onDurable: durable });
    return { state, failure: null };
  } catch (error) {
    if (!(error instanceof SourceFailedError)) throw error;
    return { state: error.state, failure: error };
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

/** The upload is left as it was when `work` fails, for the client to try again. */
async function orRelease<T>(db: Db, { upload }: Claim, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Does nothing when `work` has given the row back, or deleted it. Unreleased, it is free again in some seconds.
    await releaseUpload(db, upload, { state: upload.state, sha256: upload.sha256 }).catch(() => null);
    throw error;
  }
}
