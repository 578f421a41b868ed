/** The last step of an upload: the digest is verified, the object completed, and one transaction makes it a blob. */
import type { BlobStore, BlobUpload } from "@roadstead/blob-store/blob-store";
import { insertBlob } from "@roadstead/db/blobs";
import { type Db, sqlState } from "@roadstead/db/connect";
import type { RegistryRepository } from "@roadstead/db/manifests";
import { type ClaimedUpload, deleteUpload } from "@roadstead/db/uploads";
import type { Logger } from "@roadstead/service-kit/log";
import type { Digest } from "./decide/digest.ts";
import { hashOf } from "./received-body.ts";
import { digestMismatch, nameUnknown, uploadBusy } from "./registry-error.ts";

/** A repository that is deleted while something is pushed to it. */
export const isForeignKeyViolation = (error: unknown) => sqlState(error) === "23503";

/** Throws DIGEST_INVALID unless the bytes have the digest; reads them again when nobody knows what they hash to. */
export async function verifyBlob(
  store: BlobStore,
  upload: BlobUpload,
  { digest, known }: { readonly digest: Digest; readonly known: string | null },
): Promise<void> {
  if (known !== null) {
    if (known !== digest.hex) throw digestMismatch(digest.text, `${digest.algorithm}:${known}`);
    return;
  }
  const { key } = await upload.complete();
  const computed = await hashOf(digest.algorithm, await store.read(key));
  if (computed !== digest.hex) throw digestMismatch(digest.text, `${digest.algorithm}:${computed}`);
}

/**
 * The object is complete before the row says so, and the row is committed before the client hears of it. Content that
 * is already here keeps its object; the new one is removed, now or by the sweep.
 */
export async function finishBlob(
  { db, store, log }: { readonly db: Db; readonly store: BlobStore; readonly log: Logger },
  repository: RegistryRepository,
  finished: {
    readonly digest: Digest;
    readonly upload: BlobUpload;
    readonly row: Pick<ClaimedUpload, "id" | "writer"> | null;
  },
): Promise<void> {
  const { digest, row } = finished;
  const completed = await finished.upload.complete();
  const blob = {
    repositoryId: repository.id,
    digest: digest.text,
    objectKey: completed.key,
    size: completed.size,
  };
  let kept: { readonly objectKey: string };
  try {
    kept = await db.write(async (tx) => {
      if (row !== null && !(await deleteUpload(tx, row))) throw uploadBusy();
      return insertBlob(tx, blob);
    });
  } catch (error) {
    if (isForeignKeyViolation(error)) throw nameUnknown(repository.name, repository.accountId);
    throw error;
  }
  if (kept.objectKey === completed.key) return;
  store.remove(completed.key).catch((error: unknown) => {
    log.warn({ op: "registry.blob.duplicate", key: completed.key, err: error }, "a second copy was left");
  });
}
