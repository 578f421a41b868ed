import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readLines } from "./read-lines.ts";

async function linesOf(chunks: readonly Uint8Array[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of readLines(Readable.from(chunks, { objectMode: true }))) lines.push(line);
  return lines;
}

const LINES = ['{"status":"start"}', '{"name":"Zürich 🚢"}', '{"status":"die"}'];
const BYTES = Buffer.from(`${LINES.join("\n")}\n`);

test.each([1, 2, 3, 5, 7, 1_000])("lines come out whole from chunks of %i bytes", async (size) => {
  const chunks = Array.from({ length: Math.ceil(BYTES.length / size) }, (_, at) =>
    BYTES.subarray(at * size, (at + 1) * size),
  );
  expect(await linesOf(chunks)).toEqual(LINES);
});

test("a last line without its end is a line, and empty ones are none", async () => {
  expect(await linesOf([Buffer.from("\n\r\na\n\n"), Buffer.from("b")])).toEqual(["a", "b"]);
});

test("reading ends when the stream is destroyed in the middle of a line", async () => {
  const stream = new Readable({ read: () => undefined });
  stream.push("whole\nhal");
  const seen: string[] = [];
  const reading = (async () => {
    for await (const line of readLines(stream)) {
      seen.push(line);
      stream.destroy();
    }
  })();
  await reading.catch(() => undefined);
  expect(seen[0]).toBe("whole");
  expect(stream.destroyed).toBe(true);
});
