/** Splits the engine's log stream into entries: framed by source, or plain text for a container with a terminal. */
import type { LogEntry } from "../runtime.ts";

const HEADER_BYTES = 8;
const STDERR = 2;
const NEWLINE = 0x0a;
const BLANK = 0x20;

/** Yields the entries of each piece that arrives, so that a caller waits once for many. */
export async function* readLogEntries(
  stream: AsyncIterable<Uint8Array>,
  hasTerminal: boolean,
): AsyncIterable<readonly LogEntry[]> {
  const take = hasTerminal ? takeLines : takeFrames;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of stream) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : Buffer.from(piece);
    const entries: LogEntry[] = [];
    rest = bytes.subarray(take(bytes, entries));
    if (entries.length > 0) yield entries;
  }
}

/** A frame is its source, three unused bytes, its length and its bytes. Answers how many bytes were whole frames. */
function takeFrames(bytes: Buffer, entries: LogEntry[]): number {
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 4);
    if (end > bytes.length) break;
    const source = bytes[at] === STDERR ? "stderr" : "stdout";
    entries.push(entryOf(source, bytes.subarray(at + HEADER_BYTES, end)));
    at = end;
  }
  return at;
}

function takeLines(bytes: Buffer, entries: LogEntry[]): number {
  let at = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
    entries.push(entryOf("stdout", bytes.subarray(at, end + 1)));
    at = end + 1;
  }
  return at;
}

function entryOf(source: LogEntry["source"], bytes: Buffer): LogEntry {
  const blank = bytes.indexOf(BLANK);
  const isPartial = bytes.at(-1) !== NEWLINE;
  return {
    source,
    time: bytes.toString("latin1", 0, Math.max(blank, 0)),
    text: bytes.toString("utf8", blank + 1, isPartial ? bytes.length : bytes.length - 1),
    isPartial,
  };
}
