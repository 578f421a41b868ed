/** Guarantees of reading the engine's log stream. */
import { expect, test } from "vitest";
import type { LogEntry } from "../runtime.ts";
import { readLogEntries } from "./read-log-entries.ts";

const TIME = "2026-01-02T03:04:05.678901234Z";
const frame = (source: number, text: string) => {
  const body = Buffer.from(`${TIME} ${text}`);
  const header = Buffer.alloc(8);
  header[0] = source;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
};

async function* piecesOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function entriesOf(bytes: Buffer, size: number, hasTerminal = false) {
  const all: LogEntry[] = [];
  for await (const entries of readLogEntries(piecesOf(bytes, size), hasTerminal)) all.push(...entries);
  return all;
}

test.each([1, 3, 7, 1_000])("entries are whole however the stream is cut (%i bytes)", async (size) => {
  const bytes = Buffer.concat([frame(1, "one\n"), frame(2, "zwéi\n"), frame(1, "a part"), frame(1, "\n")]);
  expect(await entriesOf(bytes, size)).toEqual([
    { source: "stdout", time: TIME, text: "one", isPartial: false },
    { source: "stderr", time: TIME, text: "zwéi", isPartial: false },
    { source: "stdout", time: TIME, text: "a part", isPartial: true },
    { source: "stdout", time: TIME, text: "", isPartial: false },
  ]);
});

test("a terminal's lines carry their time and no frame", async () => {
  const bytes = Buffer.from(`${TIME} one two\r\n${TIME} three\r\n${TIME} unfinished`);
  expect((await entriesOf(bytes, 5, true)).map(({ text }) => text)).toEqual(["one two\r", "three\r"]);
});
