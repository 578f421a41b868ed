import { expect, test } from "vitest";
import { createKeyedRuns } from "./keyed-runs.ts";

test("whoever asks while a key runs shares the one run that follows", async () => {
  const runs = createKeyedRuns();
  const release = Promise.withResolvers<void>();
  let [started, running, most] = [0, 0, 0];
  const work = async () => {
    started++;
    most = Math.max(most, ++running);
    await release.promise;
    running--;
  };
  const first = runs.run("a", work);
  const others = Array.from({ length: 10 }, () => runs.run("a", work));
  expect(started).toBe(1);
  release.resolve();
  await Promise.all([first, ...others]);
  expect([started, most]).toEqual([2, 1]);
});

test("other keys do not wait", async () => {
  const runs = createKeyedRuns();
  const release = Promise.withResolvers<void>();
  const slow = runs.run("a", () => release.promise);
  await runs.run("b", async () => undefined);
  release.resolve();
  await slow;
});

test("idle waits for running and following runs, and nothing is kept afterwards", async () => {
  const runs = createKeyedRuns();
  const ended: number[] = [];
  const release = Promise.withResolvers<void>();
  void runs.run("a", async () => {
    await release.promise;
    ended.push(1);
  });
  void runs.run("a", async () => void ended.push(2));
  const idle = runs.idle();
  release.resolve();
  await idle;
  expect(ended).toEqual([1, 2]);
  await runs.run("a", async () => void ended.push(3));
  expect(ended).toEqual([1, 2, 3]);
});
