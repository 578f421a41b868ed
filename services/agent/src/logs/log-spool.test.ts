/** Guarantees of what is kept on disk until it is sent. */
import { appendFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LOG_START, type LogLine } from "../decide/log-lines.ts";
import { type LogSpool, openLogSpool } from "./log-spool.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roadstead-spool-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (taken: number) => ({ sinceMs: 0, taken, newestMs: 0 });
const lines = (text: string): readonly LogLine[] => [[1, text]];

async function drain(spool: LogSpool) {
  const texts: string[] = [];
  for (let frame = await spool.next(); frame; frame = await spool.next()) {
    texts.push(...frame.lines.map(([, text]) => text));
    await spool.sent(frame.number);
  }
  return texts;
}

test("frames come in order, each until it is sent, and numbers are never used again", async () => {
  let spool = await openLogSpool(folder);
  expect([spool.position, await spool.next()]).toEqual([LOG_START, null]);
  await spool.append(lines("a"), at(1));
  await spool.append(lines("b"), at(2));
  const first = await spool.next();
  expect([first?.number, await spool.next()]).toEqual([1, first]);
  await spool.sent(1);
  await spool.close();
  spool = await openLogSpool(folder);
  expect(spool.position).toEqual(at(2));
  expect(await drain(spool)).toEqual(["b"]);
  await spool.close();
  spool = await openLogSpool(folder);
  await spool.append(lines("c"), at(3));
  expect([spool.position, (await spool.next())?.number]).toEqual([at(3), 3]);
  await spool.close();
});

test("what was sent leaves the disk, and the position stays", async () => {
  const spool = await openLogSpool(folder);
  const big = lines("x".repeat(1_000_000));
  for (let i = 1; i <= 12; i++) await spool.append(big, at(i));
  expect((await readdir(folder)).length).toBeGreaterThan(2);
  expect(await drain(spool)).toHaveLength(12);
  expect([spool.bytes, spool.isEmpty, (await readdir(folder)).length]).toEqual([0, true, 2]);
  await spool.close();
  const again = await openLogSpool(folder);
  expect(again.position).toEqual(at(12));
  await again.close();
});

test.each(['{"n":2,"p":{"sinceMs":0,"ta', "\0\0\0\0\n"])(
  "a torn end (%j) costs what was torn alone",
  async (tail) => {
    const spool = await openLogSpool(folder);
    await spool.append(lines("whole"), at(1));
    await spool.close();
    await appendFile(join(folder, "1.log"), tail);
    await writeFile(join(folder, "sent"), "");
    const again = await openLogSpool(folder);
    expect(again.position).toEqual(at(1));
    await again.append(lines("next"), at(2));
    expect(await drain(again)).toEqual(["whole", "next"]);
    await again.close();
  },
);
