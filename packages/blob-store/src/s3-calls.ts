/** The calls to an object store that move no blobs, through the `minio` package; the connection offers them. */
import { Client, S3Error } from "minio";
import { BRIEF_PAUSES_MS, PATIENT_PAUSES_MS, S3Refusal, withAttempts } from "./s3-attempts.ts";

const PAGE_KEYS = 1_000;

export interface ListedObject {
  readonly key: string;
  readonly modified: Date;
}

/** The package lists the parts of an upload for its own use only. */
export class PartListingClient extends Client {
  partsOf(bucket: string, key: string, uploadId: string) {
    return this.listParts(bucket, key, uploadId);
  }
}

export interface StoredPart {
  readonly number: number;
  readonly etag: string;
}

export interface Bucket {
  readonly client: PartListingClient;
  readonly name: string;
  readonly region: string;
}

/** Multipart uploads. */
export function partCalls({ client, name: bucket }: Bucket) {
  return {
    startParts: (key: string) =>
      small(() => client.initiateNewMultipartUpload(bucket, key, {}), PATIENT_PAUSES_MS),
    completeParts: (key: string, uploadId: string, parts: readonly StoredPart[]) =>
      small(
        () =>
          client.completeMultipartUpload(
            bucket,
            key,
            uploadId,
            parts.map(({ number, etag }) => ({ part: number, etag })),
          ),
        PATIENT_PAUSES_MS,
      ),
    /** The highest number that any process has stored a part under. */
    async lastPartNumber(key: string, uploadId: string): Promise<number> {
      const parts = await small(() => client.partsOf(bucket, key, uploadId), PATIENT_PAUSES_MS);
      return parts.reduce((last, { part }) => Math.max(last, part), 0);
    },
    async abortParts(key: string, uploadId: string): Promise<void> {
      await ignoring(
        "NoSuchUpload",
        small(() => client.abortMultipartUpload(bucket, key, uploadId)),
      );
    },
    /** MinIO lists the open uploads of a whole key only, and drops abandoned ones itself after a day; others list a prefix. */
    async openUploads(prefix: string) {
      const page = await small(() => client.listIncompleteUploadsQuery(bucket, prefix, "", "", ""));
      return page.uploads.map(({ key, uploadId, initiated }) => ({ key, uploadId, modified: initiated }));
    },
  };
}

/** Objects and the bucket itself. */
export function objectCalls({ client, name: bucket, region }: Bucket) {
  return {
    async size(key: string): Promise<number | null> {
      try {
        return (await small(() => client.statObject(bucket, key))).size;
      } catch (error) {
        if (isRefused(error, "NotFound", "NoSuchKey")) return null;
        throw error;
      }
    },
    async remove(key: string): Promise<void> {
      await ignoring(
        "NoSuchKey",
        small(() => client.removeObject(bucket, key)),
      );
    },
    async *objects(prefix: string): AsyncGenerator<ListedObject> {
      for (let token = ""; ; ) {
        const page = await small(() => client.listObjectsV2Query(bucket, prefix, token, "", PAGE_KEYS, ""));
        for (const { name, lastModified } of page.objects) {
          if (name !== undefined && lastModified !== undefined) yield { key: name, modified: lastModified };
        }
        if (!page.isTruncated) return;
        token = page.nextContinuationToken;
      }
    },
    async makeBucket(): Promise<void> {
      if (await small(() => client.bucketExists(bucket), PATIENT_PAUSES_MS)) return;
      await ignoring(
        "BucketAlreadyOwnedByYou",
        small(() => client.makeBucket(bucket, region)),
      );
    },
  };
}

async function small<T>(call: () => Promise<T>, pausesMs = BRIEF_PAUSES_MS): Promise<T> {
  return withAttempts(pausesMs, () => asRefusal(call));
}

async function asRefusal<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof S3Error)
      throw new S3Refusal(String((error as { code?: unknown }).code), error.message);
    throw error;
  }
}

export function isRefused(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof S3Refusal && codes.includes(error.code);
}

async function ignoring(code: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isRefused(error, code)) throw error;
  }
}
