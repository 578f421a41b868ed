import { expect, test } from "vitest";
import { createSlots } from "./slots.ts";

test("what finishes something begun goes before what begins another", async () => {
  const slots = createSlots(1);
  const done: string[] = [];
  const step = (name: string) => async () => void done.push(name);
  await Promise.all([
    slots.run(step("create 1")),
    slots.run(step("create 2")),
    slots.run(step("create 3")),
    slots.run(step("start 1"), "finishes"),
    slots.run(step("start 2"), "finishes"),
  ]);
  expect(done).toEqual(["create 1", "start 1", "start 2", "create 2", "create 3"]);
});

test("never more at once than there are slots, and a failure gives its slot back", async () => {
  const slots = createSlots(2);
  let running = 0;
  let most = 0;
  const step = async () => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    throw new Error("no");
  };
  const results = await Promise.allSettled(Array.from({ length: 9 }, () => slots.run(step)));
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
  expect(most).toBe(2);
});
