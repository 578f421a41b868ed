/** Opens the blob store that a process is configured for; the registry and its maintenance call it. */
import { z } from "zod";
import type { BlobStore } from "./blob-store.ts";

/** The part of a process's environment that says where blobs are kept. */
export const blobStoreSettings = {
  ROADSTEAD_BLOB_DIR: z.string().min(1).optional(),
  ROADSTEAD_BLOB_S3_ENDPOINT: z.url().optional(),
  ROADSTEAD_BLOB_S3_BUCKET: z.string().min(3).default("roadstead"),
  ROADSTEAD_BLOB_S3_ACCESS_KEY: z.string().optional(),
  ROADSTEAD_BLOB_S3_SECRET_KEY: z.string().optional(),
  ROADSTEAD_BLOB_S3_REGION: z.string().default("us-east-1"),
};

const settingsSchema = z.object(blobStoreSettings);
export type BlobStoreSettings = z.infer<typeof settingsSchema>;

export async function openBlobStore(_settings: BlobStoreSettings): Promise<BlobStore> {
  throw new Error("not yet");
}
