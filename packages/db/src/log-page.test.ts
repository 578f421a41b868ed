/** Guarantees of gathering a page out of overlapping chunks. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePositions, createLogPage, type LogPage, type LogPosition } from "./log-page.ts";

const chunks = fc
  .array(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 }), { maxLength: 8 })
  .map((lists) => {
    let seq = 0;
    return lists.map((times) =>
      [...times].sort((a, b) => a - b).map((timestampMs) => ({ timestampMs, seq: seq++, message: "m" })),
    );
  });

/** Reads everything page by page, as the reader of the database does. */
function readAll(
  all: ReturnType<typeof chunks.generate>["value"],
  direction: "forward" | "backward",
  limit: number,
) {
  const read: LogPosition[] = [];
  const near = (chunk: (typeof all)[number]) =>
    (direction === "forward" ? chunk[0] : chunk.at(-1))?.timestampMs ?? 0;
  const ordered = [...all].sort((a, b) => (direction === "forward" ? near(a) - near(b) : near(b) - near(a)));
  let beyond: LogPosition | null = null;
  for (let pages = 0; pages < 200; pages++) {
    const page: LogPage<(typeof all)[number][number]> = createLogPage({
      direction,
      beyond,
      limit,
      maxBytes: 1e9,
    });
    for (const chunk of ordered) {
      if (page.isSettledBefore(near(chunk))) break;
      page.add(chunk);
    }
    const events: readonly LogPosition[] = page.events();
    read.push(...(direction === "forward" ? events : [...events].reverse()));
    beyond = page.resume();
    if (!beyond) return read;
  }
  throw new Error("reading does not end");
}

test.each(["forward", "backward"] as const)("reads every event once and in order, %s", (direction) => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 7 }), (all, limit) => {
      const sorted = all.flat().sort(comparePositions);
      const expected = direction === "forward" ? sorted : sorted.reverse();
      expect(readAll(all, direction, limit)).toEqual(expected);
    }),
  );
});

test("a page is as large as allowed, and never empty when there is an event", () => {
  const page = createLogPage({ direction: "forward", beyond: null, limit: 10, maxBytes: 100 });
  page.add([1, 2, 3].map((seq) => ({ timestampMs: 1, seq, message: "x".repeat(24) })));
  expect(page.events().map(({ seq }) => seq)).toEqual([1, 2]);
  const large = createLogPage({ direction: "forward", beyond: null, limit: 10, maxBytes: 100 });
  large.add([{ timestampMs: 1, seq: 1, message: "x".repeat(500) }]);
  expect(large.events()).toHaveLength(1);
});
