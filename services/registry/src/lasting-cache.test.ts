import { expect, test } from "vitest";
import { createDatabaseHealth, createLastingCache } from "./lasting-cache.ts";

function aCache(over: { readonly entriesMax?: number; readonly bytesMax?: number } = {}) {
  let at = 0;
  const asked: string[] = [];
  const cache = createLastingCache<string>({
    entriesMax: 10,
    health: createDatabaseHealth(),
    sizeOf: (value) => value.length,
    now: () => at,
    ...over,
  });
  return {
    cache,
    asked,
    later: (ms: number) => {
      at += ms;
    },
    get: (key: string, answer: string | null | Error) =>
      cache.get(key, async () => {
        asked.push(key);
        if (answer instanceof Error) throw answer;
        return answer;
      }),
  };
}
const AWAY = new Error("away");

test("what is known is not asked for again within a second, and then is", async () => {
  const { get, asked, later } = aCache();
  expect([await get("a", "1"), await get("a", "2")]).toEqual(["1", "1"]);
  later(1_001);
  expect([await get("a", "2"), asked]).toEqual(["2", ["a", "a"]]);
});

test("what does not exist is asked for each time, and what was removed is forgotten", async () => {
  const { get, later } = aCache();
  expect([await get("a", null), await get("a", "1")]).toEqual([null, "1"]);
  later(1_001);
  expect([await get("a", null), await get("a", AWAY).catch(() => "failed")]).toEqual([null, "failed"]);
});

test("what is known outlasts a database that fails, which is then left alone for a moment", async () => {
  const { get, asked, later } = aCache();
  await get("a", "1");
  later(1_001);
  expect([await get("a", AWAY), await get("a", "2")]).toEqual(["1", "1"]);
  expect(asked).toHaveLength(2);
  later(1_001);
  // Nobody waits for the question whether it is back.
  expect(await get("a", "2")).toBe("1");
  expect(await get("a", "3")).toBe("2");
});

test("what one cache has waited for in vain, no other waits for", async () => {
  const health = createDatabaseHealth();
  const caches = ["a", "b"].map(() => createLastingCache<string>({ entriesMax: 10, health, now: () => at }));
  let at = 0;
  for (const cache of caches) await cache.get("k", async () => "known");
  at = 1_001;
  const never = () => new Promise<never>(() => undefined);
  expect(await caches[0]?.get("k", async () => Promise.reject(AWAY))).toBe("known");
  expect(await caches[1]?.get("k", never)).toBe("known");
});

test("what is not known fails with the database", async () => {
  const { get } = aCache();
  await expect(get("a", AWAY)).rejects.toBe(AWAY);
});

test("an answer that was under way when something newer was put does not replace it", async () => {
  const { cache } = aCache();
  const { promise, resolve } = Promise.withResolvers<string>();
  const slow = cache.get("a", () => promise);
  cache.put("a", "newer");
  resolve("older");
  expect(await slow).toBe("older");
  expect(await cache.get("a", async () => "asked")).toBe("newer");
});

test("many who ask at once cause one question", async () => {
  const { get, asked } = aCache();
  expect(await Promise.all([get("a", "1"), get("a", "1"), get("a", "1")])).toEqual(["1", "1", "1"]);
  expect(asked).toEqual(["a"]);
});

test("in doubt everything is asked for again", async () => {
  const { cache, get, later } = aCache();
  await get("a", "1");
  later(1);
  cache.doubt();
  later(1);
  expect(await get("a", "2")).toBe("2");
});

test("the least recently used goes first, by number and by bytes", async () => {
  const few = aCache({ entriesMax: 2 });
  for (const key of ["a", "b", "a", "c"]) await few.get(key, key);
  expect(await few.get("a", "again")).toBe("a");
  expect(await few.get("b", "again")).toBe("again");
  const small = aCache({ bytesMax: 5 });
  await small.get("a", "123");
  await small.get("b", "123");
  expect(await small.get("a", "again")).toBe("again");
  await small.get("large", "123456");
  expect(await small.get("large", "1")).toBe("1");
});
