import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { announceHolding, type HolderWatch, watchHolder } from "./holder-watch.ts";

let folder: string;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roadstead-holder-"));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

async function aWatcher(): Promise<{ readonly watch: HolderWatch; readonly gone: () => number }> {
  let count = 0;
  const watch = watchHolder(folder, () => {
    count += 1;
  });
  closing.push(() => watch.stop());
  await watch.look();
  return { watch, gone: () => count };
}

test("a watcher hears once of the end of a holder that lets go, and of the next one's too", async () => {
  const first = await announceHolding(folder, "a");
  const { watch, gone } = await aWatcher();
  await vi.waitFor(() => expect(watch.isWatching()).toBe(true));
  await watch.look();
  await first.end();
  await vi.waitFor(() => expect(gone()).toBe(1));
  expect(watch.isWatching()).toBe(false);

  const second = await announceHolding(folder, "b");
  await watch.look();
  await vi.waitFor(() => expect(watch.isWatching()).toBe(true));
  await second.end();
  await vi.waitFor(() => expect(gone()).toBe(2));
});

test("a watcher hears of a holder that is killed, and what that left behind is no holder", async () => {
  const program = `const { announceHolding } = await import(${JSON.stringify(join(import.meta.dirname, "holder-watch.ts"))});
    await announceHolding(${JSON.stringify(folder)}, "a"); console.log("holds");`;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  closing.push(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  const { watch, gone } = await aWatcher();
  await vi.waitFor(() => expect(watch.isWatching()).toBe(true));
  holder.kill("SIGKILL");
  await vi.waitFor(() => expect(gone()).toBe(1));

  await watch.look();
  await vi.waitFor(async () => expect(await readdir(folder)).toEqual([]));
  expect([gone(), watch.isWatching()]).toEqual([1, false]);
});

test("one that stopped watching hears nothing", async () => {
  const holding = await announceHolding(folder, "a");
  const { watch, gone } = await aWatcher();
  await vi.waitFor(() => expect(watch.isWatching()).toBe(true));
  const other = await aWatcher();
  await vi.waitFor(() => expect(other.watch.isWatching()).toBe(true));
  watch.stop();
  await holding.end();
  await vi.waitFor(() => expect(other.gone()).toBe(1));
  expect(gone()).toBe(0);
});
