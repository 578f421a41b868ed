import { expect, test } from "vitest";
import { startFileWriter } from "./file-writer.ts";

const MIB = 1_048_576;

/** A file whose writes end when the test says so. */
function slowFile() {
  const pending: (() => void)[] = [];
  let position = 0;
  return {
    pending,
    async datasync() {},
    async writev(chunks: readonly NodeJS.ArrayBufferView[], at?: number | null) {
      await new Promise<void>((resolve) => pending.push(resolve));
      expect(at).toBe(position);
      // Half at most, as a kernel may do.
      const bytesWritten = Math.ceil(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) / 2);
      position += bytesWritten;
      return { bytesWritten, buffers: [] as never };
    },
  };
}

test("a source is held back while one write is under way and the next is gathered", async () => {
  const file = slowFile();
  const writer = startFileWriter(file, 0, () => undefined);
  await writer.add(new Uint8Array(MIB));
  let added = false;
  const second = writer.add(new Uint8Array(MIB)).then(() => {
    added = true;
  });
  await new Promise(setImmediate);
  expect(added).toBe(false);
  expect(file.pending).toHaveLength(1);
  const finished = second.then(() => writer.finish());
  const letGo = setInterval(() => file.pending.shift()?.(), 0);
  expect(await finished).toBe(2 * MIB);
  clearInterval(letGo);
});

test("a write that fails fails the append, and nothing is left under way", async () => {
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  const file = { writev: () => Promise.reject(full), datasync: async () => undefined };
  const writer = startFileWriter(file, 0, () => undefined);
  await writer.add(new Uint8Array(MIB));
  await expect(writer.add(new Uint8Array(MIB))).rejects.toBe(full);
  await writer.settle();
});

test("what is reported on the way was synchronised first", async () => {
  const calls: string[] = [];
  const file = {
    async writev(chunks: readonly NodeJS.ArrayBufferView[]) {
      calls.push("write");
      return {
        bytesWritten: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0),
        buffers: [] as never,
      };
    },
    async datasync() {
      calls.push("sync");
    },
  };
  const writer = startFileWriter(file, 0, (size) => calls.push(`durable ${size / MIB}`));
  for (let at = 0; at < 65; at++) await writer.add(new Uint8Array(MIB));
  expect(await writer.finish()).toBe(65 * MIB);
  expect(calls.filter((call) => call !== "write")).toEqual(["sync", "durable 64", "sync"]);
});
