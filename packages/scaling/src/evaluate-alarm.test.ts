import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlarmDefinition, AlarmState, MissingData } from "./alarm.ts";
import { evaluateAlarm, evaluationRange } from "./evaluate-alarm.ts";

const definition = (more: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  description: null,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
  metric: null,
  queries: null,
  comparisonOperator: "GreaterThanThreshold",
  threshold: 75,
  evaluationPeriods: 3,
  datapointsToAlarm: null,
  treatMissingData: null,
  ...more,
});

const MINUTE = 60_000;
/** Breaching, not breaching, missing: as AWS's tables draw them. */
const drawn = (text: string) =>
  text.split(" ").map((sign, index) => ({
    atMs: Date.UTC(2026, 10, 24, 22, 50) + index * MINUTE,
    value: sign === "X" ? 95 : sign === "0" ? 5 : null,
  }));

const TREATMENTS: readonly MissingData[] = ["missing", "ignore", "breaching", "notBreaching"];
const RETAIN = null;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
const ALL_OF_THREE: readonly [string, readonly (AlarmState | null)[]][] = [
  ["0 - X - X", ["OK", "OK", "OK", "OK"]],
  ["0 - - - -", ["OK", "OK", "OK", "OK"]],
  ["- - - - -", ["INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"]],
  ["0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["- - X - -", ["ALARM", RETAIN, "ALARM", "OK"]],
];
const TWO_OF_THREE: typeof ALL_OF_THREE = [
  ["0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["0 - X - -", ["OK", "OK", "ALARM", "OK"]],
  ["- - - - 0", ["OK", "OK", "ALARM", "OK"]],
  ["- - - X -", ["ALARM", RETAIN, "ALARM", "OK"]],
];

describe.each([
  ["3 of 3", null, ALL_OF_THREE],
  ["2 of 3", 2, TWO_OF_THREE],
] as const)("%s, as AWS's table has it", (_name, datapointsToAlarm, table) => {
  test.each(table)("%s", (text, states) => {
    const found = TREATMENTS.map(
      (treatMissingData) =>
        evaluateAlarm(definition({ datapointsToAlarm, treatMissingData }), drawn(text)).state,
    );
    expect(found).toEqual(states);
  });
});

test.each([
  [
    "X X X X X",
    {},
    "Threshold Crossed: 3 out of the last 3 datapoints [95.0 (24/11/26 22:54:00), 95.0 (24/11/26 22:53:00), 95.0 (24/11/26 22:52:00)] were greater than the threshold (75.0) (minimum 3 datapoints for OK -> ALARM transition).",
  ],
  [
    "- - X X 0",
    {},
    "Threshold Crossed: 1 out of the last 3 datapoints [5.0 (24/11/26 22:54:00)] was not greater than the threshold (75.0) (minimum 1 datapoint for ALARM -> OK transition).",
  ],
  ["- - - - -", {}, "Insufficient Data: 3 datapoints were unknown."],
  [
    "- - - - -",
    { treatMissingData: "breaching" },
    "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
  ],
  [
    "- - - - X",
    { treatMissingData: "notBreaching" },
    "Threshold Crossed: 2 missing datapoints were treated as [NonBreaching].",
  ],
] as const)("%s %o is explained in CloudWatch's words", (text, more, reason) => {
  expect(evaluateAlarm(definition(more), drawn(text)).reason).toBe(reason);
});

const anyAlarm = fc
  .record({
    evaluationPeriods: fc.integer({ min: 1, max: 6 }),
    less: fc.integer({ min: 0, max: 5 }),
    treatMissingData: fc.constantFrom(...TREATMENTS, null),
    comparisonOperator: fc.constantFrom(
      "GreaterThanThreshold" as const,
      "LessThanOrEqualToThreshold" as const,
    ),
  })
  .map(({ less, ...more }) =>
    definition({ ...more, datapointsToAlarm: Math.max(1, more.evaluationPeriods - less) }),
  );
const anyRange = (alarm: AlarmDefinition) =>
  fc.array(fc.constantFrom("X", "0", "-"), {
    minLength: evaluationRange(alarm),
    maxLength: evaluationRange(alarm),
  });

test("with every period there, exactly M breaching ones of the newest N alarm, however missing ones count", () => {
  fc.assert(
    fc.property(
      anyAlarm.chain((alarm) => fc.tuple(fc.constant(alarm), anyRange(alarm))),
      ([alarm, signs]) => {
        const whole = signs.map((sign) => (sign === "-" ? "0" : sign));
        const newest = drawn(whole.join(" ")).slice(-alarm.evaluationPeriods);
        const breaching = newest.filter(({ value }) =>
          alarm.comparisonOperator === "GreaterThanThreshold" ? (value ?? 0) > 75 : (value ?? 0) <= 75,
        ).length;
        const wanted = breaching >= (alarm.datapointsToAlarm ?? 0) ? "ALARM" : "OK";
        expect(evaluateAlarm(alarm, drawn(whole.join(" "))).state).toBe(wanted);
      },
    ),
  );
});
