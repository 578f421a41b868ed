import { expect, test } from "vitest";
import { BlobStoreError } from "./blob-store.ts";
import { createPartBuffers } from "./part-buffers.ts";

const LIMITS = { bytes: 16, count: 2, waitMs: 20 };

test("no more buffers are lent than there are, and waiting callers get them in turn", async () => {
  const buffers = createPartBuffers({ ...LIMITS, waitMs: 5_000 });
  const [first, second] = [await buffers.take(), await buffers.take()];
  expect(buffers.takeIdle()).toBeNull();
  const turns: string[] = [];
  const waiting = ["a", "b"].map((name) => buffers.take().then((buffer) => turns.push(name) && buffer));
  buffers.giveBack(first);
  buffers.giveBack(second);
  expect(await Promise.all(waiting)).toEqual([first, second]);
  expect(turns).toEqual(["a", "b"]);
  expect(buffers.takeIdle()).toBeNull();
});

test("who waits too long is refused, and takes no one's place", async () => {
  const buffers = createPartBuffers(LIMITS);
  const [first] = [await buffers.take(), await buffers.take()];
  await expect(buffers.take()).rejects.toBeInstanceOf(BlobStoreError);
  buffers.giveBack(first);
  expect(buffers.takeIdle()).toBe(first);
});
