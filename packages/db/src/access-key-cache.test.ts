import { expect, test } from "vitest";
import { createAccessKeyCache } from "./access-key-cache.ts";
import type { Db } from "./connect.ts";
import { createSecretBox } from "./secrets.ts";

const box = createSecretBox([{ id: "k", key: new Uint8Array(32) }], "access-keys");

/** A database with one user's key, that counts how often it is asked. */
function aCache() {
  const state = { now: 0, reads: 0, status: "Active", broken: false };
  const query = async (_text: string, values: readonly unknown[]) => {
    state.reads++;
    if (state.broken) throw new Error("gone");
    if (values[0] !== "AKIA") return [];
    const user = { userId: "AIDA", userName: "ann", userPath: "/", policies: null };
    return [{ accountId: "1", status: state.status, sealedSecret: box.seal("s", "AKIA"), ...user }];
  };
  const cache = createAccessKeyCache({ query } as unknown as Pick<Db, "query">, box, () => state.now);
  return { state, cache };
}

test("a key is read once a second, however busy its caller", async () => {
  const { state, cache } = aCache();
  const holders = await Promise.all([1, 2, 3].map(() => cache.resolve("AKIA")));
  expect(holders.map((holder) => holder?.secretAccessKey)).toEqual(["s", "s", "s"]);
  state.now = 999;
  await cache.resolve("AKIA");
  expect(state.reads).toBe(1);
  state.now = 1_000;
  await cache.resolve("AKIA");
  expect(state.reads).toBe(2);
});

test("a forgotten key is read again at once, also when it was being read", async () => {
  const { state, cache } = aCache();
  const stale = cache.resolve("AKIA");
  cache.forget("AKIA");
  state.status = "Inactive";
  await stale;
  expect((await cache.resolve("AKIA"))?.status).toBe("Inactive");
});

test("an unknown key is nobody's, and a failed read is not remembered", async () => {
  const { state, cache } = aCache();
  expect(await cache.resolve("AKIAUNKNOWN")).toBeNull();
  state.broken = true;
  await expect(cache.resolve("AKIA")).rejects.toThrow("gone");
  state.broken = false;
  expect(await cache.resolve("AKIA")).not.toBeNull();
});

test("any number of made-up keys does not grow it without end", async () => {
  const { state, cache } = aCache();
  for (let i = 0; i < 10_000; i++) await cache.resolve(`AKIA${i}`);
  await cache.resolve("AKIA");
  expect(state.reads).toBe(10_001);
  await cache.resolve("AKIA0");
  expect(state.reads).toBe(10_002);
});
