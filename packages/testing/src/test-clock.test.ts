import { expect, test } from "vitest";
import { TestClock } from "./test-clock.ts";

test("time stands still until it is advanced", () => {
  const clock = new TestClock("2030-01-01T00:00:00Z");
  expect(clock.now()).toEqual(new Date("2030-01-01T00:00:00Z"));
  clock.advance(1_500);
  expect(clock.now()).toEqual(new Date("2030-01-01T00:00:01.500Z"));
});

test("time does not go back", () => {
  expect(() => new TestClock().advance(-1)).toThrow(RangeError);
});
