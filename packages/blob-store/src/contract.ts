/** What every `BlobStore` must do; each driver's test calls this with a way to open its store. */
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BlobNotFoundError, type BlobStore, SourceFailedError, type UploadState } from "./blob-store.ts";
import { bytesOf, CHUNK_BYTES, chunked, listed, neverEnding, throughJson } from "./contract-data.ts";

const MIB = 1_048_576;
const SOON = { timeout: 10_000, interval: 50 };
/** Around what drivers treat differently: nothing, a crumb, the least part, a full one, two that share, several. */
const SIZES = [0, 1, CHUNK_BYTES, 5 * MIB - 1, 5 * MIB, 12 * MIB, 12 * MIB + 1, 17 * MIB + 3, 29 * MIB];

export function blobStoreContract(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    let store: BlobStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      const left: string[] = [];
      for await (const key of store.list(new Date(Date.now() + 60_000))) left.push(key);
      await store.close();
      expect(left, "blobs and uploads that the tests left").toEqual([]);
    });
    writingTests(() => store);
    completionTests(() => store);
    readingTests(() => store);
    interruptionTests(() => store, open);
    removalTests(() => store);
  });
}

function writingTests(store: () => BlobStore): void {
  test.each(SIZES)("%i bytes come back as they were given", async (size) => {
    const data = randomBytes(size);
    const upload = await store().startUpload();
    expect(await upload.append(chunked(data))).toMatchObject({ key: upload.key, size });
    expect(await upload.complete()).toEqual({ key: upload.key, size });
    expect(await store().size(upload.key)).toBe(size);
    expect((await bytesOf(store(), upload.key)).equals(data)).toBe(true);
    await store().remove(upload.key);
  });

  test("100 MiB come back with the same digest", async () => {
    const size = 100 * MIB;
    const given = createHash("sha256");
    async function* source() {
      for (let at = 0; at < size; at += MIB) {
        const block = randomBytes(MIB);
        given.update(block);
        yield block;
      }
    }
    const upload = await store().startUpload();
    await upload.append(source());
    await upload.complete();
    const got = createHash("sha256");
    for await (const chunk of await store().read(upload.key)) got.update(chunk as Buffer);
    expect(got.digest("hex")).toBe(given.digest("hex"));
    await store().remove(upload.key);
  });

  test.each([
    ["bytes one at a time", Array.from({ length: 100 }, () => 1)],
    ["short ones", [300_000, 4 * MIB, 700_000, 2 * MIB, 1]],
    ["a long one between short ones", [10, 30 * MIB, 10]],
    ["a long one first", [13 * MIB, 1, 5 * MIB, 1]],
    ["one that is a part by itself, and then another", [6 * MIB, 6 * MIB]],
    ["nothing between something", [0, 5, 0, 5, 0]],
  ])("an upload in several appends is their sum: %s", async (_name, sizes) => {
    const pieces = sizes.map((size) => randomBytes(size));
    const upload = await store().startUpload();
    for (const piece of pieces) await upload.append(chunked(piece));
    await upload.complete();
    expect((await bytesOf(store(), upload.key)).equals(Buffer.concat(pieces))).toBe(true);
    await store().remove(upload.key);
  });

  test("a source of single bytes is written as a whole", async () => {
    const data = randomBytes(20_000);
    const upload = await store().startUpload();
    await upload.append(chunked(data, 1));
    await upload.complete();
    expect((await bytesOf(store(), upload.key)).equals(data)).toBe(true);
    await store().remove(upload.key);
  });
}

function completionTests(store: () => BlobStore): void {
  test("uploads at the same time do not mix", async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const data = randomBytes(14 * MIB);
        const upload = await store().startUpload();
        await upload.append(chunked(data));
        await upload.complete();
        return { key: upload.key, data };
      }),
    );
    for (const { key, data } of all) {
      expect((await bytesOf(store(), key)).equals(data)).toBe(true);
      await store().remove(key);
    }
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  });

  test("an upload to which nothing was ever appended is an empty blob", async () => {
    const upload = await store().startUpload();
    await upload.complete();
    expect(await store().size(upload.key)).toBe(0);
    expect(await bytesOf(store(), upload.key)).toHaveLength(0);
    await store().remove(upload.key);
  });

  test("completing twice is completing once", async () => {
    for (const sizes of [[10], [10, 10], [13 * MIB], [13 * MIB, 10]]) {
      const upload = await store().startUpload();
      for (const size of sizes) await upload.append(chunked(randomBytes(size)));
      const again = await store().resumeUpload(throughJson(upload.state));
      const first = await upload.complete();
      expect(await again.complete()).toEqual(first);
      expect(await store().size(first.key)).toBe(first.size);
      await store().remove(first.key);
    }
  });
}

function readingTests(store: () => BlobStore): void {
  test("a range has both its ends, and is cut to the blob's end", async () => {
    const data = randomBytes(6 * MIB);
    const upload = await store().startUpload();
    await upload.append(chunked(data));
    await upload.complete();
    const last = data.byteLength - 1;
    for (const [start, end] of [
      [0, 0],
      [0, last],
      [last, last],
      [1, 2 * MIB],
      [last - 10, last + 1_000],
    ] as const) {
      const got = await bytesOf(store(), upload.key, { start, end });
      expect(got.equals(data.subarray(start, end + 1)), `${start}-${end}`).toBe(true);
    }
    expect(await bytesOf(store(), upload.key, { start: last + 1, end: last + 2 })).toHaveLength(0);
    await store().remove(upload.key);
  });

  test("a blob that is not there is said to be so", async () => {
    const { key } = await store().startUpload();
    await expect(store().read(key)).rejects.toBeInstanceOf(BlobNotFoundError);
    expect(await store().size(key)).toBeNull();
  });

  test("what is not a key of a blob is refused", async () => {
    for (const key of ["", "../secret", "blobs/aa/../../secret", "blobs/zz/1"]) {
      await expect(store().read(key)).rejects.toBeInstanceOf(TypeError);
      await expect(store().remove(key)).rejects.toBeInstanceOf(TypeError);
      await expect(store().size(key)).rejects.toBeInstanceOf(TypeError);
      await expect(store().resumeUpload({ key, size: 0, driver: {} })).rejects.toBeInstanceOf(TypeError);
    }
  });

  test("a reader that goes away in the middle leaves the store as it was", async () => {
    const upload = await store().startUpload();
    await upload.append(chunked(randomBytes(8 * MIB)));
    await upload.complete();
    for await (const _chunk of await store().read(upload.key)) break;
    expect(await bytesOf(store(), upload.key)).toHaveLength(8 * MIB);
    await store().remove(upload.key);
  });

  test("a store that is there answers a ping", async () => {
    await expect(store().ping()).resolves.toBeUndefined();
  });
}

function interruptionTests(store: () => BlobStore, open: () => Promise<BlobStore>): void {
  test.each([
    ["before anything was", 0, 20 * MIB],
    ["after a short append", 1_000, 20 * MIB],
    ["after a long append", 20 * MIB, 20 * MIB],
    ["after both, with little under way", 13 * MIB + 5, 100],
  ])("an upload whose process died goes on where it was durable: %s", async (_name, durable, lost) => {
    const kept = randomBytes(durable);
    const upload = await store().startUpload();
    const state = durable === 0 ? upload.state : await upload.append(chunked(kept));
    const abandoned = neverEnding(randomBytes(lost));
    const hanging = upload.append(abandoned.source).catch(() => undefined);
    await abandoned.consumed;

    const other = await open();
    const resumed = await other.resumeUpload(throughJson(state));
    expect(resumed.state.size).toBe(durable);
    const rest = randomBytes(6 * MIB);
    await resumed.append(chunked(rest));
    await resumed.complete();
    expect((await bytesOf(other, upload.key)).equals(Buffer.concat([kept, rest]))).toBe(true);

    await store().remove(upload.key);
    abandoned.fail();
    await hanging;
    await store().remove(upload.key);
    await other.close();
  });

  test("what a source gave before it failed is kept", async () => {
    for (const size of [1_000, 17 * MIB]) {
      const data = randomBytes(size);
      const upload = await store().startUpload();
      const cut = new Error("the client went away");
      const failure = await upload.append(chunked(data, CHUNK_BYTES, cut)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SourceFailedError);
      expect(failure).toMatchObject({ cause: cut, state: { size } });
      expect(upload.state.size).toBe(size);
      await upload.append(chunked(Buffer.from("end")));
      await upload.complete();
      expect((await bytesOf(store(), upload.key)).equals(Buffer.concat([data, Buffer.from("end")]))).toBe(
        true,
      );
      await store().remove(upload.key);
    }
  });

  test("what an append reports as durable on its way can be resumed from", async () => {
    const data = randomBytes(160 * MIB);
    const upload = await store().startUpload();
    const states: UploadState[] = [];
    await upload.append(chunked(data, MIB), { onDurable: (state) => states.push(throughJson(state)) });
    const sizes = states.map(({ size }) => size);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    const middle = states.find(({ size }) => size > 0 && size < data.byteLength);
    if (middle === undefined) throw new Error("nothing was reported before the end");
    const resumed = await store().resumeUpload(middle);
    await resumed.append(chunked(data.subarray(middle.size), MIB));
    await resumed.complete();
    expect((await bytesOf(store(), upload.key)).equals(data)).toBe(true);
    await store().remove(upload.key);
  });
}

function removalTests(store: () => BlobStore): void {
  test("an aborted upload leaves nothing, completed or not", async () => {
    for (const sizes of [[], [10], [10, 10], [13 * MIB], [13 * MIB, 10]]) {
      for (const completes of [false, true]) {
        const upload = await store().startUpload();
        for (const size of sizes) await upload.append(chunked(randomBytes(size)));
        if (completes) await upload.complete();
        await upload.abort();
        await upload.abort();
        expect(await store().size(upload.key)).toBeNull();
        expect(await listed(store(), Date.now() + 60_000)).not.toContain(upload.key);
      }
    }
  });

  test("removing twice is removing once", async () => {
    const upload = await store().startUpload();
    await upload.append(chunked(randomBytes(10)));
    await upload.complete();
    await store().remove(upload.key);
    await store().remove(upload.key);
    await expect(store().read(upload.key)).rejects.toBeInstanceOf(BlobNotFoundError);
  });

  test("a sweep sees blobs and abandoned uploads by their age", async () => {
    const blob = await store().startUpload();
    await blob.append(chunked(randomBytes(10)));
    await blob.complete();
    const abandoned = await store().startUpload();
    await abandoned.append(chunked(randomBytes(10)));
    await abandoned.append(chunked(randomBytes(10)));
    await vi.waitFor(async () => {
      expect(await listed(store(), Date.now() + 60_000)).toEqual(
        expect.arrayContaining([blob.key, abandoned.key]),
      );
    }, SOON);
    expect(await listed(store(), Date.now() - 60_000)).toEqual([]);
    for (const key of [blob.key, abandoned.key]) await store().remove(key);
  });
}
