/** Random files for the registry benchmark; renewed for each round, since the same bytes are stored only once. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Blob, digestOf } from "./registry-client.ts";

const MIB = 1024 * 1024;
const LARGE_BYTES = 1024 * MIB;
const SMALL_BYTES = 10 * MIB;
const SMALL_COUNT = 20;

export interface TestData {
  readonly large: Blob;
  readonly small: readonly Blob[];
  /** Other bytes, and so other digests, in the same files. */
  renew(): Promise<void>;
  remove(): Promise<void>;
}

export async function makeTestData(): Promise<TestData> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-bench-data-"));
  const largeFile = join(folder, "large");
  const smallFiles = Array.from({ length: SMALL_COUNT }, (_, n) => join(folder, `small-${n}`));
  await writeRandom(largeFile, LARGE_BYTES);
  for (const file of smallFiles) await writeRandom(file, SMALL_BYTES);
  let large: Blob = { file: largeFile, size: LARGE_BYTES, digest: "" };
  let small: readonly Blob[] = [];
  return {
    get large() {
      return large;
    },
    get small() {
      return small;
    },
    async renew() {
      for (const file of [largeFile, ...smallFiles]) await overwriteStart(file);
      large = { file: largeFile, size: LARGE_BYTES, digest: await digestOf(largeFile) };
      small = await Promise.all(
        smallFiles.map(async (file) => ({ file, size: SMALL_BYTES, digest: await digestOf(file) })),
      );
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function writeRandom(file: string, bytes: number): Promise<void> {
  const out = createWriteStream(file);
  for (let written = 0; written < bytes; written += MIB) {
    if (!out.write(randomBytes(MIB))) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
}

async function overwriteStart(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.write(randomBytes(64), 0, 64, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
