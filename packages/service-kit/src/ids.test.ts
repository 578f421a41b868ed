import { expect, test } from "vitest";
import { createIds, newId, newUuid } from "./ids.ts";

test("a row's id is a UUIDv7 as 32 hex digits that carries the time it was minted", () => {
  const before = Date.now();
  const id = newId();
  expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  const minted = Number.parseInt(id.slice(0, 12), 16);
  expect(minted).toBeGreaterThanOrEqual(before);
  expect(minted).toBeLessThanOrEqual(Date.now());
});

test("ids do not repeat", () => {
  expect(new Set(Array.from({ length: 10_000 }, newId)).size).toBe(10_000);
});

test("a request id is a hyphenated UUIDv4", () => {
  expect(newUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids of one process sort in the order in which they were minted, however fast and whatever the clock does", () => {
  let minted = 0;
  const next = createIds(() => 1_900_000_000_000 - Math.floor(minted++ / 5_000) * 3_600_000);
  const ids = Array.from({ length: 10_000 }, next);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});
