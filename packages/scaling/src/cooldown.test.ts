import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterCooldown, isCoolingDown } from "./cooldown.ts";
import type { LastScaling } from "./scaling-snapshot.ts";

const last = (fromCount: number, toCount: number, more: Partial<LastScaling> = {}): LastScaling => ({
  fromCount,
  toCount,
  endedAtMs: 1_000,
  cooldownMs: 300,
  ...more,
});
const out = (count: number) => ({ direction: "out", count }) as const;
const into = (count: number) => ({ direction: "in", count }) as const;

test("a cooldown lasts from the change's end, and as long as there is none", () => {
  expect(isCoolingDown(last(2, 4), 1_299)).toBe(true);
  expect(isCoolingDown(last(2, 4), 1_300)).toBe(false);
  expect(isCoolingDown(last(2, 4, { endedAtMs: null }), 9_999)).toBe(true);
  expect(isCoolingDown(last(2, 4, { cooldownMs: 0 }), 1_000)).toBe(false);
});

describe("while a scale-out takes effect", () => {
  test("another that adds no more waits", () => {
    expect(afterCooldown(out(6), 4, last(2, 4), 1_100)).toBeNull();
  });
  test("a larger one happens, with what was added counted towards it", () => {
    expect(afterCooldown(out(7), 4, last(2, 4), 1_100)).toBe(5);
  });
  test("a scale-in is not held back", () => {
    expect(afterCooldown(into(2), 4, last(2, 4), 1_100)).toBe(2);
  });
});

describe("while a scale-in takes effect", () => {
  test("another waits", () => expect(afterCooldown(into(2), 4, last(6, 4), 1_100)).toBeNull());
  test("a scale-out happens at once", () => expect(afterCooldown(out(6), 4, last(6, 4), 1_100)).toBe(6));
});

test("when it is over, what is wanted happens, and at no time more than that", () => {
  const count = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(
      count,
      count,
      count,
      count,
      fc.integer({ min: 0, max: 2_000 }),
      (from, to, base, wanted, now) => {
        const proposal = wanted > base ? out(wanted) : into(wanted);
        const answer = afterCooldown(proposal, base, last(from, to), now);
        if (now >= 1_300) expect(answer).toBe(wanted);
        else if (answer !== null && proposal.direction === "out" && to > from && base >= to) {
          expect(answer).toBeLessThanOrEqual(wanted);
          expect(answer).toBeGreaterThan(to);
        }
      },
    ),
  );
});
