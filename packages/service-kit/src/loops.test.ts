import { expect, test, vi } from "vitest";
import { createLogger } from "./log.ts";
import { startLoop } from "./loops.ts";

const SOON = { timeout: 10_000 };

const log = createLogger({ service: "test", level: "silent" });

test("passes never overlap, however long they take", async () => {
  let [running, most, passes] = [0, 0, 0];
  const loop = startLoop({
    name: "test",
    everyMs: 1,
    log,
    run: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      passes++;
    },
  });
  await vi.waitFor(() => expect(passes).toBeGreaterThan(3), SOON);
  await loop.stop();
  expect(most).toBe(1);
});

test("a pass that throws does not end the loop", async () => {
  let passes = 0;
  const loop = startLoop({
    name: "test",
    everyMs: 1,
    log,
    run: async () => {
      passes++;
      throw new Error("broken");
    },
  });
  await vi.waitFor(() => expect(passes).toBeGreaterThan(2), SOON);
  await loop.stop();
});

test("stopping tells the running pass, waits for it and starts no other", async () => {
  const started = Promise.withResolvers<void>();
  let [passes, ended] = [0, false];
  const loop = startLoop({
    name: "test",
    everyMs: 0,
    log,
    run: async (signal) => {
      passes++;
      started.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended = true;
    },
  });
  await started.promise;
  await loop.stop();
  expect([passes, ended]).toEqual([1, true]);
  await loop.stop();
});

test("pauses vary within the jitter and no further", () => {
  vi.useFakeTimers();
  try {
    for (const [random, pauseMs] of [
      [0, 800],
      [0.5, 1_000],
      [1, 1_200],
    ] as const) {
      let passes = 0;
      const run = async () => void passes++;
      const loop = startLoop({ name: "test", everyMs: 1_000, jitter: 0.2, random: () => random, log, run });
      vi.advanceTimersByTime(pauseMs - 1);
      expect(passes).toBe(0);
      vi.advanceTimersByTime(1);
      expect(passes).toBe(1);
      void loop.stop();
    }
  } finally {
    vi.useRealTimers();
  }
});
