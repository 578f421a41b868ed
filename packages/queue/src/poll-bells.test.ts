import { expect, test, vi } from "vitest";
import { MemoryBellStore } from "./memory-bell-store.ts";
import { createPoller } from "./poll-bells.ts";

const SOON = { timeout: 10_000 };

const signal = new AbortController().signal;

test("one pass runs everything that is due, within the concurrency", async () => {
  const bellStore = new MemoryBellStore();
  for (let i = 0; i < 25; i++) bellStore.add("placeTasks", `c${i}`, -1_000);
  let [running, most] = [0, 0];
  const ran: string[] = [];
  const poller = createPoller({
    bellStore,
    kinds: ["placeTasks"],
    concurrency: 4,
    run: async ({ key }) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      ran.push(key);
      running--;
    },
  });
  await poller.pass(signal);
  await poller.idle();
  expect(new Set(ran).size).toBe(25);
  expect(most).toBeLessThanOrEqual(4);
});

test("a slow run does not hold up the passes that follow", async () => {
  const bellStore = new MemoryBellStore();
  const release = Promise.withResolvers<void>();
  const ran: string[] = [];
  const poller = createPoller({
    bellStore,
    kinds: ["placeTasks"],
    concurrency: 2,
    run: async ({ key }) => {
      if (key === "slow") await release.promise;
      ran.push(key);
    },
  });
  bellStore.add("placeTasks", "slow", -1_000);
  await poller.pass(signal);
  bellStore.add("placeTasks", "quick", -1_000);
  await poller.pass(signal);
  await vi.waitFor(() => expect(ran).toEqual(["quick"]), SOON);
  release.resolve();
  await poller.idle();
  expect(ran).toEqual(["quick", "slow"]);
});
