import { expect, test } from "vitest";
import { createLogger } from "./log.ts";
import { createShutdown } from "./shutdown.ts";

const log = createLogger({ service: "test", level: "silent" });

test("what was opened last is closed first, one after the other", async () => {
  const shutdown = createShutdown(log);
  const order: string[] = [];
  for (const name of ["database", "queue", "service"]) {
    shutdown.add(name, async () => {
      order.push(`${name} closing`);
      await Promise.resolve();
      order.push(`${name} closed`);
    });
  }
  await shutdown.close();
  expect(order).toEqual([
    "service closing",
    "service closed",
    "queue closing",
    "queue closed",
    "database closing",
    "database closed",
  ]);
});

test("a step that fails or never ends does not keep the others from closing", async () => {
  const shutdown = createShutdown(log, 20);
  const closed: string[] = [];
  shutdown.add("first", () => void closed.push("first"));
  shutdown.add("throws", () => {
    throw new Error("broken");
  });
  shutdown.add("rejects", async () => Promise.reject(new Error("broken")));
  shutdown.add("hangs", () => new Promise(() => undefined));
  await shutdown.close();
  expect(closed).toEqual(["first"]);
});

test("closing twice closes once, and both callers wait for it", async () => {
  const shutdown = createShutdown(log);
  const { promise, resolve } = Promise.withResolvers<void>();
  let times = 0;
  shutdown.add("slow", async () => {
    times++;
    await promise;
  });
  const both = Promise.all([shutdown.close(), shutdown.close()]);
  resolve();
  await both;
  await shutdown.close();
  expect(times).toBe(1);
});

test("what is registered while closing is closed too", async () => {
  const shutdown = createShutdown(log);
  const closed: string[] = [];
  shutdown.add("early", () => shutdown.add("late", () => void closed.push("late")));
  await shutdown.close();
  await shutdown.close();
  expect(closed).toEqual(["late"]);
});
