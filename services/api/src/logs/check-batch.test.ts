/** Guarantees of what PutLogEvents takes. */
import { expect, test } from "vitest";
import { checkBatch } from "./check-batch.ts";

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (timestampMs: number, message = "x") => ({ timestampMs, message });
const forEver = { retentionDays: null };

test("takes a batch whole where nothing is wrong with it", () => {
  const events = [at(NOW - 10), at(NOW - 10), at(NOW)];
  expect(checkBatch(events, forEver, NOW)).toEqual({ accepted: events, rejected: undefined });
});

test("leaves out what is too old and says how far", () => {
  const events = [at(NOW - 14 * DAY - 1), at(NOW - 14 * DAY)];
  expect(checkBatch(events, forEver, NOW)).toEqual({
    accepted: [events[1]],
    rejected: { tooOldLogEventEndIndex: 1 },
  });
});

test("leaves out what is too new and says from where", () => {
  const events = [at(NOW + 2 * HOUR), at(NOW + 2 * HOUR + 1)];
  expect(checkBatch(events, forEver, NOW)).toEqual({
    accepted: [events[0]],
    rejected: { tooNewLogEventStartIndex: 1 },
  });
});

test("leaves out what the group would not keep", () => {
  const events = [at(NOW - 3 * DAY - 1), at(NOW - 3 * DAY)];
  expect(checkBatch(events, { retentionDays: 3 }, NOW)).toEqual({
    accepted: [events[1]],
    rejected: { expiredLogEventEndIndex: 1 },
  });
});

test.each([
  [[at(2), at(1)], "Log events in a single PutLogEvents request must be in chronological order."],
  [
    [at(0), at(DAY + 1)],
    "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
  ],
  [
    [at(1, "x".repeat(600_000)), at(1, "x".repeat(600_000))],
    "Upload too large: 1200052 bytes exceeds limit of 1048576",
  ],
  [[at(1, "é".repeat(524_288))], "Log event too large: 1048602 bytes exceeds limit of 1048576"],
])("refuses a batch that breaks AWS's rules: %#", (events, message) => {
  expect(() => checkBatch(events, forEver, NOW)).toThrow(message);
});

test("a batch of exactly the limit is taken", () => {
  const event = at(NOW, "x".repeat(1_048_576 - 26));
  expect(checkBatch([event], forEver, NOW).accepted).toEqual([event]);
});
