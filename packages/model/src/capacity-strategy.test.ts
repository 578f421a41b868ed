import { expect, test } from "vitest";
import { type CapacityStrategy, shareOut } from "./capacity-strategy.ts";
import type { FargateProvider } from "./fargate.ts";

const strategy = (fargate: readonly [number, number], spot: readonly [number, number]): CapacityStrategy => [
  { capacityProvider: "FARGATE", base: fargate[0], weight: fargate[1] },
  { capacityProvider: "FARGATE_SPOT", base: spot[0], weight: spot[1] },
];

const counted = (providers: readonly FargateProvider[]) => [
  providers.filter((name) => name === "FARGATE").length,
  providers.filter((name) => name === "FARGATE_SPOT").length,
];

test.each([
  [10, strategy([2, 1], [0, 3]), [4, 6]],
  [1, strategy([1, 0], [0, 1]), [1, 0]],
  [5, strategy([1, 0], [0, 1]), [1, 4]],
  [5, strategy([0, 1], [0, 4]), [1, 4]],
  [4, strategy([1, 1], [0, 1]), [3, 1]],
  [3, strategy([0, 0], [0, 2]), [0, 3]],
])("of %d tasks each provider gets its base and its weight's share", (count, items, expected) => {
  expect(counted(shareOut(items, new Map(), count))).toEqual(expected);
});

test("what runs already counts: one task at a time comes to the same as all at once", () => {
  const items = strategy([2, 1], [0, 3]);
  const running = new Map<FargateProvider, number>();
  for (let n = 0; n < 10; n += 1) {
    const [chosen = "FARGATE"] = shareOut(items, running, 1);
    running.set(chosen, (running.get(chosen) ?? 0) + 1);
  }
  expect([...running.values()]).toEqual([4, 6]);
});
