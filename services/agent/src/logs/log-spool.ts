/**
 * Keeps what was read of one container's log on disk until it is sent: segments of one JSON document a line. A line also says
 * how far the log was read, so that what is kept and where reading goes on are always of the same moment. It is not
 * forced to the disk: a crash of the agent loses nothing, and after one of the machine the engine's log is read again.
 */
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOG_START, type LogLine, type ReadPosition } from "../decide/log-lines.ts";

export interface Frame {
  readonly number: number;
  readonly lines: readonly LogLine[];
}

export interface LogSpool {
  readonly position: ReadPosition;
  readonly bytes: number;
  readonly isEmpty: boolean;
  append(lines: readonly LogLine[], position: ReadPosition): Promise<void>;
  /** The oldest that was not sent. */
  next(): Promise<Frame | null>;
  sent(number: number): Promise<void>;
  close(): Promise<void>;
  /** Removes it from the disk. */
  discard(): Promise<void>;
}

interface StoredFrame {
  readonly n: number;
  readonly p: ReadPosition;
  readonly l: readonly LogLine[];
}

interface FramePlace {
  readonly number: number;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

const SEGMENT_MAX_BYTES = 4 * 1_024 * 1_024;
const SENT_FILE = "sent";
const SEGMENT = /^(\d+)\.log$/;
const NEWLINE = 0x0a;

export async function openLogSpool(folder: string): Promise<LogSpool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (segment: number) => join(folder, `${segment}.log`);
  const stored = await readStored(folder);
  let { position, last } = stored;
  const frames: FramePlace[] = [...stored.frames];
  // A torn end is left behind: writing goes on in a segment of its own.
  let segment = (stored.segments.at(-1) ?? 0) + 1;
  const segments = new Set([...stored.segments, segment]);
  let file = await open(pathOf(segment), "a", 0o600);
  let written = 0;
  /** A write failed, so that the segment may end in half a line. */
  let isTorn = false;
  let bytes = frames.reduce((sum, { length }) => sum + length, 0);

  const put = async (frame: StoredFrame) => {
    const line = Buffer.from(`${JSON.stringify(frame)}\n`);
    isTorn = true;
    await file.appendFile(line);
    isTorn = false;
    const place = { number: frame.n, segment, offset: written, length: line.length };
    written += line.length;
    return place;
  };
  const turnSegment = async () => {
    await file.close();
    segment++;
    segments.add(segment);
    written = 0;
    file = await open(pathOf(segment), "a", 0o600);
    await put({ n: last, p: position, l: [] });
  };
  // Every segment begins with how far the log was read, since the ones before it go.
  await put({ n: last, p: position, l: [] });
  const removeSent = async () => {
    const oldest = frames[0]?.segment ?? segment;
    for (const old of segments) {
      if (old >= oldest || old === segment) continue;
      segments.delete(old);
      await rm(pathOf(old), { force: true });
    }
  };
  await removeSent();
  return {
    get position() {
      return position;
    },
    get bytes() {
      return bytes;
    },
    get isEmpty() {
      return frames.length === 0;
    },
    async append(lines, at) {
      if (isTorn || written >= SEGMENT_MAX_BYTES) await turnSegment();
      const place = await put({ n: last + 1, p: at, l: lines });
      last += 1;
      position = at;
      frames.push(place);
      bytes += place.length;
    },
    async next() {
      const [place] = frames;
      return place ? readFrame(pathOf(place.segment), place) : null;
    },
    async sent(number) {
      if (frames[0]?.number !== number) return;
      bytes -= frames.shift()?.length ?? 0;
      await replaceFile(join(folder, SENT_FILE), String(number));
      await removeSent();
    },
    close: () => file.close(),
    async discard() {
      await file.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readStored(folder: string) {
  const names = await readdir(folder);
  const segments = names
    .flatMap((name) => (SEGMENT.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b);
  const sent = numberOf(await readFile(join(folder, SENT_FILE), "utf8").catch(() => ""));
  const frames: FramePlace[] = [];
  let position = LOG_START;
  let last = sent;
  for (const segment of segments) {
    const bytes = await readFile(join(folder, `${segment}.log`));
    let offset = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, offset)) {
      const frame = readLine(bytes.toString("utf8", offset, end));
      if (!frame) break;
      const length = end + 1 - offset;
      if (frame.l.length > 0 && frame.n > sent) frames.push({ number: frame.n, segment, offset, length });
      position = frame.p;
      last = Math.max(last, frame.n);
      offset = end + 1;
    }
  }
  return { segments, frames, position, last };
}

const numberOf = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : 0);

/** A torn line has no end; one that says nothing was left by a crash of the machine, and so is what follows. */
function readLine(text: string): StoredFrame | null {
  try {
    return JSON.parse(text) as StoredFrame;
  } catch {
    return null;
  }
}

async function readFrame(path: string, { number, offset, length }: FramePlace): Promise<Frame> {
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
    return { number, lines: (JSON.parse(buffer.toString("utf8")) as StoredFrame).l };
  } finally {
    await file.close();
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}
