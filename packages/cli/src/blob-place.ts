/** Decides where the layers of images are kept, and refuses to look for them elsewhere than where they are; `up` calls this. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./failure.ts";
import { dataFiles } from "./files.ts";
import type { BlobPlace, Remembered, Settings } from "./settings.ts";

/** The bucket in a MinIO of ours. */
const OWN_BUCKET = "roadstead";

/** An object store or folder that the environment names, else MinIO where it is asked for or was, else the data folder. */
export function chooseBlobPlace(
  { serviceEnv, dataDir }: Settings,
  asked: { readonly minio: boolean; readonly before: BlobPlace | null },
): BlobPlace {
  const { ROADSTEAD_BLOB_S3_ENDPOINT: endpoint, ROADSTEAD_BLOB_DIR: folder } = serviceEnv;
  if (endpoint) {
    return { kind: "bucket", endpoint, bucket: serviceEnv.ROADSTEAD_BLOB_S3_BUCKET || OWN_BUCKET };
  }
  if (asked.minio) return { kind: "minio" };
  if (folder) return { kind: "folder", folder };
  return asked.before?.kind === "minio" ? asked.before : { kind: "folder", folder: join(dataDir, "blobs") };
}

/** Images are only found where they were put: another place is refused while the former may hold some. */
export function requireSameBlobPlace(
  settings: Settings,
  remembered: Remembered | null,
  now: BlobPlace,
): void {
  const before = remembered?.blobs ?? { kind: "folder", folder: join(settings.dataDir, "blobs") };
  if (isSame(before, now) || !mayHoldImages(settings.dataDir, before)) return;
  throw new Failure(
    `images are kept in ${describe(before)}; from ${describe(now)} they could not be pulled`,
    `go on with ${describe(before)}, or remove everything first: ./roadstead down --purge`,
  );
}

function isSame(one: BlobPlace, other: BlobPlace): boolean {
  return describe(one) === describe(other);
}

function describe(place: BlobPlace): string {
  switch (place.kind) {
    case "folder":
      return `the folder ${place.folder}`;
    case "minio":
      return "this stack's MinIO";
    case "bucket":
      return `the bucket ${place.bucket} at ${place.endpoint}`;
  }
}

/** A store of somebody else's cannot be looked into while nothing of ours runs, so that it counts as holding some. */
function mayHoldImages(dataDir: string, place: BlobPlace): boolean {
  if (place.kind === "bucket") return true;
  const root = place.kind === "folder" ? place.folder : join(dataFiles(dataDir).minio, "data", OWN_BUCKET);
  const shards = join(root, "blobs");
  if (!existsSync(shards)) return false;
  return readdirSync(shards).some((shard) => readdirSync(join(shards, shard)).length > 0);
}

/** What the registry is told; the secrets of a store that is not ours come from the environment as they are. */
export function blobEnvironment(
  place: BlobPlace,
  own: { readonly url: string; readonly accessKey: string; readonly secretKey: string } | null,
): Readonly<Record<string, string>> {
  if (place.kind === "folder") return { ROADSTEAD_BLOB_DIR: place.folder };
  // An earlier folder may still be remembered with the environment; empty counts as unset.
  if (own === null) return { ROADSTEAD_BLOB_DIR: "" };
  return {
    ROADSTEAD_BLOB_DIR: "",
    ROADSTEAD_BLOB_S3_ENDPOINT: own.url,
    ROADSTEAD_BLOB_S3_BUCKET: OWN_BUCKET,
    ROADSTEAD_BLOB_S3_ACCESS_KEY: own.accessKey,
    ROADSTEAD_BLOB_S3_SECRET_KEY: own.secretKey,
  };
}
