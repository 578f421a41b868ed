import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { blobStoreContract } from "./contract.ts";
import { openFilesystemStore } from "./filesystem-store.ts";

const folder = await mkdtemp(join(tmpdir(), "roadstead-blobs-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

blobStoreContract("a folder", () => openFilesystemStore(join(folder, "store")));
