import { usePrivateMinio } from "@roadstead/testing/minio";
import { describe } from "vitest";
import { blobStoreContract } from "./contract.ts";
import { openS3Store } from "./s3-store.ts";

const minio = await usePrivateMinio();

describe.skipIf(minio.unavailable !== null)("MinIO", () => {
  const open = () => openS3Store({ ...minio.access(), bucket: "contract", region: "us-east-1" });
  blobStoreContract("MinIO", open);
});
