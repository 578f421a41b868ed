/** Opens the blob store that a process is configured for; the registry and its maintenance call it. */
import { Secret } from "@roadstead/service-kit/secret";
import { z } from "zod";
import type { BlobStore } from "./blob-store.ts";
import { openFilesystemStore } from "./filesystem-store.ts";
import { openS3Store } from "./s3-store.ts";

/** The part of a process's environment that says where blobs are kept: a folder, or a bucket of an object store. */
export const blobStoreSettings = {
  ROADSTEAD_BLOB_DIR: z.string().min(1).optional(),
  ROADSTEAD_BLOB_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  ROADSTEAD_BLOB_S3_BUCKET: z.string().min(3).default("roadstead"),
  ROADSTEAD_BLOB_S3_REGION: z.string().default("us-east-1"),
  ROADSTEAD_BLOB_S3_ACCESS_KEY: z.string().min(1).optional(),
  ROADSTEAD_BLOB_S3_SECRET_KEY: z
    .string()
    .min(1)
    .transform((key) => new Secret(key))
    .optional(),
};

const settingsSchema = z.object(blobStoreSettings);
export type BlobStoreSettings = z.output<typeof settingsSchema>;

/** Neither or both is a mistake that would lose images later, so that it is refused at the start. */
export async function openBlobStore(settings: BlobStoreSettings): Promise<BlobStore> {
  const { ROADSTEAD_BLOB_DIR: folder, ROADSTEAD_BLOB_S3_ENDPOINT: endpoint } = settings;
  if ((folder === undefined) === (endpoint === undefined)) {
    throw new Error("set either ROADSTEAD_BLOB_DIR or ROADSTEAD_BLOB_S3_ENDPOINT");
  }
  if (folder !== undefined) return openFilesystemStore(folder);
  const { ROADSTEAD_BLOB_S3_ACCESS_KEY: accessKey, ROADSTEAD_BLOB_S3_SECRET_KEY: secretKey } = settings;
  if (endpoint === undefined || accessKey === undefined || secretKey === undefined) {
    throw new Error("ROADSTEAD_BLOB_S3_ENDPOINT needs ROADSTEAD_BLOB_S3_ACCESS_KEY and _SECRET_KEY");
  }
  return openS3Store({
    endpoint,
    accessKey,
    secretKey: secretKey.reveal(),
    bucket: settings.ROADSTEAD_BLOB_S3_BUCKET,
    region: settings.ROADSTEAD_BLOB_S3_REGION,
  });
}
