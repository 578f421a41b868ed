/** Guarantees of how spooled lines become batches. */
import { readBatchToken } from "@roadstead/model/log-batch";
import { expect, test } from "vitest";
import type { LogLine } from "../decide/log-lines.ts";
import { sendFrame } from "./log-store.ts";

interface Sent {
  readonly sequenceToken: string;
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
}

async function sentOf(lines: readonly LogLine[]) {
  const sent: Sent[] = [];
  const client = { call: async (_: string, input: object) => void sent.push(input as Sent) };
  const destination = { group: "g", stream: "s", createsGroup: false };
  const from = { writer: "w", signal: new AbortController().signal };
  await sendFrame(client, destination, { number: 7, lines }, from);
  return sent;
}

test("lines go in order of time, those of one moment as they were written", async () => {
  const [sent] = await sentOf([
    [2, "c"],
    [1, "a"],
    [1, "b"],
  ]);
  expect(sent?.logEvents.map(({ message }) => message)).toEqual(["a", "b", "c"]);
});

test("bytes that no store takes are replaced, and hold up no line behind them", async () => {
  const large: LogLine[] = Array.from({ length: 8 }, (_, i) => [i, "\0".repeat(250_000)]);
  const sent = await sentOf([[0, "a\0b"], ...large]);
  const messages = sent.flatMap(({ logEvents }) => logEvents.map(({ message }) => message));
  expect(messages[0]).toBe("a\ufffdb");
  expect(messages.join("")).not.toContain("\0");
  for (const { logEvents } of sent) {
    const bytes = logEvents.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
    expect(bytes).toBeLessThanOrEqual(1_048_576);
  }
});

test("no batch is larger or longer than is taken, and each has a number of its own", async () => {
  const large: LogLine[] = Array.from({ length: 10 }, (_, i) => [i, "\u6f22".repeat(100_000)]);
  const day = 86_400_000;
  const sent = await sentOf([...large, [3 * day, "later"]]);
  for (const { logEvents } of sent) {
    const bytes = logEvents.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
    expect(bytes).toBeLessThanOrEqual(1_048_576);
    expect((logEvents.at(-1)?.timestamp ?? 0) - (logEvents[0]?.timestamp ?? 0)).toBeLessThan(day);
  }
  expect(sent.flatMap(({ logEvents }) => logEvents)).toHaveLength(11);
  const numbers = sent.map(({ sequenceToken }) => readBatchToken(sequenceToken)?.number ?? 0);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(new Set(numbers).size).toBe(sent.length);
});
