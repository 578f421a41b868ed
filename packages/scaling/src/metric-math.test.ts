import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateQueries } from "./evaluate-queries.ts";
import type { Series } from "./metric-math.ts";
import { ExpressionError } from "./parse-expression.ts";

const MINUTE = 60_000;
const series = (...values: readonly (number | null)[]): Series => ({
  periodMs: MINUTE,
  points: new Map(
    values.flatMap((value, index) => (value === null ? [] : [[index * MINUTE, value] as const])),
  ),
});
const METRICS = new Map([
  ["a", series(1, 2, 3, 4)],
  ["b", series(10, null, 30, 0)],
]);
const WINDOW = { startMs: 0, endMs: 4 * MINUTE };

/** What an expression results in over the two metrics, minute by minute. */
function result(expression: string): readonly (number | null)[] {
  const queries = [...[...METRICS.keys()].map((id) => ({ id, expression: null })), { id: "e", expression }];
  const points = evaluateQueries(queries, METRICS, WINDOW).get("e")?.points ?? new Map();
  return [0, 1, 2, 3].map((minute) => points.get(minute * MINUTE) ?? null);
}

test.each([
  ["a + 1", [2, 3, 4, 5]],
  ["a * 2 + 1 - 1", [2, 4, 6, 8]],
  ["2 ^ a", [2, 4, 8, 16]],
  ["-(a - 5) / 2", [2, 1.5, 1, 0.5]],
  ["a + b", [11, null, 33, 4]],
  ["a / b", [0.1, null, 0.1, null]],
  ["FILL(b, 0) + a", [11, 2, 33, 4]],
  ["SUM(METRICS())", [11, 2, 33, 4]],
  ['MAX(METRICS("b"))', [10, null, 30, 0]],
  ["AVG([a, b])", [5.5, 2, 16.5, 2]],
  ["a / MAX(a)", [0.25, 0.5, 0.75, 1]],
  ["IF(a >= 3 AND b > 0, b, 0)", [0, null, 30, 0]],
  ["IF(a < 2 || a == 4, 1)", [1, null, null, 1]],
  ["CEIL(a / 2) * PERIOD(a)", [60, 60, 120, 120]],
])("%s", (expression, wanted) => {
  expect(result(expression)).toEqual(wanted);
});

test.each([
  ["a +", /ends too early/],
  ["a b", /Unexpected 'b'/],
  ["(a", /'\)' is missing/],
  ["a ; b", /Unexpected character at 2/],
  ["c", /no query with the id c/],
  ["e", /refers to itself/],
  ["1 + 1", /not result in one time series/],
  ["METRICS()", /not result in one time series/],
  ["SEARCH('x', 'Sum')", /SEARCH is not supported/],
  ["FILL(b, REPEAT)", /FILL with REPEAT is not supported/],
  ['SELECT AVG(m) FROM "N"', /Metrics Insights queries are not supported/],
  [`${"(".repeat(500)}a${")".repeat(500)}`, /nested too deeply/],
  [`${"-".repeat(500)}a`, /nested too deeply/],
])("%s is refused", (expression, message) => {
  expect(() => result(expression)).toThrow(message);
});

test("any text is evaluated or refused as an expression, and nothing else happens", () => {
  const part = fc.constantFrom(
    ...[
      "a",
      "b",
      "(",
      ")",
      "[",
      "]",
      ",",
      "+",
      "-",
      "*",
      "/",
      "^",
      "<",
      "==",
      "SUM",
      "IF",
      "FILL",
      "METRICS",
      "1.5",
    ],
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      try {
        result(parts.join(" "));
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionError);
      }
    }),
    { numRuns: 2_000 },
  );
});
