import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { removeTraces, usePrivateRedis, useRedis } from "./redis.ts";
import { withRedis } from "./redis-server.ts";

const shared = useRedis();
const own = usePrivateRedis();
const seen = new Set<string>();

test.each([1, 2])("every test has a key prefix of its own (%i)", async () => {
  expect(seen.has(shared.prefix())).toBe(false);
  seen.add(shared.prefix());
  await withRedis(shared.url(), (redis) => redis.set(`${shared.prefix()}:left`, "behind"));
});

test("what a test left in Redis is gone afterwards", async () => {
  const keys = await withRedis(shared.url(), (redis) => redis.keys("roadstead-test-*:left"));
  expect(keys.filter((key) => [...seen].some((prefix) => key.startsWith(prefix)))).toEqual([]);
});

test("a private server can be stopped and comes back empty at the same address", async () => {
  const url = own.url();
  await withRedis(url, (redis) => redis.set("a", "1"));
  await own.stop();
  await expect(withRedis(url, (redis) => redis.ping())).rejects.toThrow();
  await own.start();
  expect(own.url()).toBe(url);
  expect(await withRedis(url, (redis) => redis.get("a"))).toBeNull();
});

test("a connection left open fails the test that left it, and its keys go all the same", async () => {
  const prefix = `${shared.prefix()}-leak`;
  const forgotten = new Redis(shared.url(), { connectionName: prefix });
  await forgotten.set(`${prefix}:key`, "1");
  await expect(removeTraces(shared.url(), prefix, 500)).rejects.toThrow(/left open/);
  expect(await forgotten.get(`${prefix}:key`)).toBeNull();
  forgotten.disconnect();
});
