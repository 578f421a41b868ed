import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { usePrivateMinio } from "@roadstead/testing/minio";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BlobStore, BlobStoreError, SourceFailedError } from "./blob-store.ts";
import { blobStoreContract } from "./contract.ts";
import { connectS3 } from "./s3-connection.ts";
import { openS3Store } from "./s3-store.ts";

const MIB = 1_048_576;
const minio = await usePrivateMinio();
const open = (changes: { bucket?: string; endpoint?: string; secretKey?: string } = {}) =>
  openS3Store({ ...minio.access(), bucket: "contract", region: "us-east-1", ...changes });

describe.skipIf(minio.unavailable !== null)("MinIO", () => {
  blobStoreContract("MinIO", open);

  test("killed in the middle of an append and started again, it loses nothing and the append goes on", async () => {
    const store = await opened({ bucket: "killed" });
    const upload = await store.startUpload();
    const first = randomBytes(7 * MIB);
    await upload.append(chunks(first));
    const data = randomBytes(60 * MIB);
    let restarted: Promise<void> | null = null;
    async function* source() {
      for (let at = 0; at < data.byteLength; at += MIB) {
        yield data.subarray(at, at + MIB);
        if (at === 30 * MIB) restarted = minio.kill().then(() => minio.start());
      }
    }
    await upload.append(source());
    await restarted;
    await upload.complete();
    expect((await bytesOf(store, upload.key)).equals(Buffer.concat([first, data]))).toBe(true);
  });

  test("gone while bytes arrive, it fails the append in bounded time and the upload goes on when it is back", async () => {
    const store = await opened({ bucket: "gone" });
    const upload = await store.startUpload();
    const first = randomBytes(13 * MIB);
    const state = await upload.append(chunks(first));
    await minio.kill();
    const failure = await upload.append(chunks(randomBytes(40 * MIB))).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BlobStoreError);
    expect(failure).not.toBeInstanceOf(SourceFailedError);
    expect(upload.state).toEqual(state);
    await expect(store.read(upload.key)).rejects.toBeInstanceOf(BlobStoreError);
    await expect(store.size(upload.key)).rejects.toBeInstanceOf(BlobStoreError);
    await expect(store.ping()).rejects.toBeInstanceOf(BlobStoreError);
    await minio.start();
    const rest = randomBytes(100);
    await upload.append(chunks(rest));
    await upload.complete();
    expect((await bytesOf(store, upload.key)).equals(Buffer.concat([first, rest]))).toBe(true);
  }, 40_000);

  test("an acknowledged blob outlives a crash of the store", async () => {
    const store = await opened({ bucket: "crash" });
    const blobs = new Map<string, Buffer>();
    for (const size of [1, MIB, 13 * MIB]) {
      const upload = await store.startUpload();
      const data = randomBytes(size);
      await upload.append(chunks(data));
      await upload.complete();
      blobs.set(upload.key, data);
    }
    await minio.kill();
    await minio.start();
    for (const [key, data] of blobs) expect((await bytesOf(store, key)).equals(data)).toBe(true);
  });

  test("a part that a dead process left behind is not mistaken for ours", async () => {
    const store = await opened({ bucket: "left" });
    const upload = await store.startUpload();
    const kept = randomBytes(13 * MIB);
    const state = await upload.append(chunks(kept));
    await upload.append(chunks(randomBytes(40 * MIB)));
    const resumed = await store.resumeUpload(JSON.parse(JSON.stringify(state)));
    const rest = randomBytes(20 * MIB);
    await resumed.append(chunks(rest));
    await resumed.complete();
    expect((await bytesOf(store, upload.key)).equals(Buffer.concat([kept, rest]))).toBe(true);
  });

  test("a wrong key is refused at once", async () => {
    await expect(open({ secretKey: "not the secret" })).rejects.toThrow(/SignatureDoesNotMatch|AccessDenied/);
  });
});

test("a store that accepts connections and says nothing fails a ping in bounded time", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  onTestFinished(() => void silent.close().closeAllConnections());
  await new Promise((resolve) => silent.once("listening", resolve));
  const s3 = connectS3({
    endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    bucket: "any",
    region: "us-east-1",
    accessKey: "a",
    secretKey: "b",
  });
  onTestFinished(() => s3.close());
  await expect(s3.ping()).rejects.toThrow(/no answer in/);
});

async function opened(options: { bucket: string }): Promise<BlobStore> {
  const store = await open(options);
  onTestFinished(() => store.close());
  return store;
}

async function* chunks(data: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.byteLength; at += MIB) yield data.subarray(at, at + MIB);
}

async function bytesOf(store: BlobStore, key: string): Promise<Buffer> {
  const got: Buffer[] = [];
  for await (const chunk of await store.read(key)) got.push(chunk as Buffer);
  return Buffer.concat(got);
}
