/** Guarantees of which lines an answer leaves to the next one. */
import { expect, test } from "vitest";
import { SETTLING_MS, settledEvents } from "./settled-events.ts";

const NOW_MS = 1_000_000;
const STREAMS = new Map([
  ["web", { isOfContainer: true }],
  ["db", { isOfContainer: true }],
  ["own", { isOfContainer: false }],
]);

const event = (streamId: string, agoMs: number) => ({
  streamId,
  timestampMs: NOW_MS - agoMs,
  ingestedMs: NOW_MS,
  seq: 0,
  message: `${streamId} ${agoMs}`,
});

const settled = (...events: readonly ReturnType<typeof event>[]) =>
  settledEvents(events, STREAMS, { nowMs: NOW_MS, completeMs: null }).map(({ message }) => message);

test("a container's line of the last moment is left out, and all that is newer than it", () =>
  expect(
    settled(
      event("web", SETTLING_MS),
      event("own", 600),
      event("db", 500),
      event("own", 400),
      event("web", 0),
    ),
  ).toEqual([`web ${SETTLING_MS}`, "own 600"]));

test("what a program put itself can be read at once", () =>
  expect(settled(event("web", SETTLING_MS + 1), event("own", 0))).toEqual([
    `web ${SETTLING_MS + 1}`,
    "own 0",
  ]));

test("a line from a machine whose clock is ahead is left out for a moment, and not until its time has come", () => {
  const ahead = event("web", -600_000);
  const taken = (agoMs: number) => [{ ...ahead, ingestedMs: NOW_MS - agoMs }];
  const moment = { nowMs: NOW_MS, completeMs: null };
  expect(settledEvents(taken(SETTLING_MS - 1), STREAMS, moment)).toEqual([]);
  expect(settledEvents(taken(SETTLING_MS), STREAMS, moment)).toHaveLength(1);
});

test("while containers catch up, no line is shown that is newer than what is known to be complete", () => {
  const long = SETTLING_MS * 10;
  const taken = [event("web", long), event("db", long - 1), event("own", long - 2)];
  const moment = { nowMs: NOW_MS, completeMs: NOW_MS - long };
  expect(settledEvents(taken, STREAMS, moment).map(({ message }) => message)).toEqual([`web ${long}`]);
});

test("who follows two containers from the newest line on gets every line, however their sending is mixed", () => {
  const CYCLE_MS = 200;
  const written = Array.from({ length: 2_000 }, (_, at) => ({
    ...event(at % 2 === 0 ? "web" : "db", 0),
    seq: at,
    timestampMs: at,
  }));
  // Each sends what it wrote every 200 ms, half a cycle apart, and it arrives up to 400 ms later.
  const arrivesMs = ({ streamId, timestampMs, seq }: (typeof written)[number]) => {
    const phaseMs = streamId === "web" ? 0 : CYCLE_MS / 2;
    return (Math.floor((timestampMs + phaseMs) / CYCLE_MS) + 1) * CYCLE_MS - phaseMs + ((seq * 7) % 5) * 100;
  };
  const seen = new Set<number>();
  let fromMs = 0;
  for (let nowMs = 0; nowMs < 4_000; nowMs += 50) {
    const there = written.filter((one) => arrivesMs(one) <= nowMs && one.timestampMs >= fromMs);
    for (const { seq, timestampMs } of settledEvents(there, STREAMS, { nowMs, completeMs: null })) {
      seen.add(seq);
      fromMs = Math.max(fromMs, timestampMs);
    }
  }
  expect(seen.size).toBe(written.length);
});
