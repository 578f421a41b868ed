import { expect, test } from "vitest";
import { createCircuitBreaker } from "./circuit-breaker.ts";

const fail = async () => Promise.reject(new Error("gone"));
const succeed = async () => undefined;

test("after a failure attempts are skipped for a while, then one is made again", async () => {
  let now = 0;
  const breaker = createCircuitBreaker(() => now, 1_000);
  await expect(breaker.attempt(fail)).rejects.toThrow("gone");
  now = 999;
  expect(await breaker.attempt(succeed)).toBe("skipped");
  now = 1_000;
  expect(await breaker.attempt(succeed)).toBe("done");
});

test("successes are never skipped", async () => {
  const breaker = createCircuitBreaker(() => 0, 1_000);
  expect([await breaker.attempt(succeed), await breaker.attempt(succeed)]).toEqual(["done", "done"]);
});
