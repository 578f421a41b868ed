/**
 * Decodes a CBOR body (RFC 8949) into a document for the reader, as JSON would have held it. Depth, lengths and text
 * are checked; what no request of AWS holds (big numbers, decimal fractions, undefined tags) is refused.
 */
import { serializationError } from "./errors.ts";

const DEPTH_MAX = 64;
const TAG_EPOCH_SECONDS = 1;
const INDEFINITE = 31;
const BREAK = 0xff;
const HALF_EXPONENT_BIAS = 15;

const decoder = new TextDecoder("utf-8", { fatal: true });
const malformed = () => serializationError("The request body is not valid CBOR.");

export function parseCbor(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  const cursor = new Cursor(body);
  const value = readItem(cursor, 0);
  if (!cursor.atEnd()) throw malformed();
  return value;
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw malformed();
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** The view of the next bytes, and where they begin in it. */
  number(count: 1 | 2 | 4 | 8): readonly [DataView, number] {
    this.take(count);
    return [this.#view, this.#at - count];
  }

  /** Takes the end of an indefinite item, if it is next. */
  takeBreak(): boolean {
    if (this.atEnd()) throw malformed();
    if (this.#bytes[this.#at] !== BREAK) return false;
    this.#at++;
    return true;
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}

function readItem(cursor: Cursor, depth: number): unknown {
  if (depth > DEPTH_MAX)
    throw serializationError(`The request is nested more than ${DEPTH_MAX} levels deep.`);
  const head = cursor.byte();
  const [major, minor] = [head >> 5, head & 0x1f];
  switch (major) {
    case 0:
      return readCount(cursor, minor);
    case 1:
      return -1 - readCount(cursor, minor);
    case 2:
      return Buffer.from(readBytes(cursor, major, minor)).toString("base64");
    case 3:
      return utf8(readBytes(cursor, major, minor));
    case 4:
      return [...readItems(cursor, minor, depth)];
    case 5:
      return readMap(cursor, minor, depth);
    case 6:
      return readTagged(cursor, minor, depth);
    default:
      return readSimple(cursor, minor);
  }
}

function readCount(cursor: Cursor, minor: number): number {
  if (minor < 24) return minor;
  if (minor === 24) return cursor.byte();
  if (minor === 25) return ((view, at) => view.getUint16(at))(...cursor.number(2));
  if (minor === 26) return ((view, at) => view.getUint32(at))(...cursor.number(4));
  if (minor === 27) return Number(((view, at) => view.getBigUint64(at))(...cursor.number(8)));
  throw malformed();
}

/** Of a byte or text string; one of indefinite length is made of pieces. */
function readBytes(cursor: Cursor, major: number, minor: number): Uint8Array {
  if (minor !== INDEFINITE) return cursor.take(readCount(cursor, minor));
  const pieces: Uint8Array[] = [];
  while (!cursor.takeBreak()) {
    const head = cursor.byte();
    if (head >> 5 !== major || (head & 0x1f) === INDEFINITE) throw malformed();
    pieces.push(cursor.take(readCount(cursor, head & 0x1f)));
  }
  return Buffer.concat(pieces);
}

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw serializationError("The request body is not valid UTF-8.");
  }
}

/** A claimed length costs nothing until its items are there. */
function* readItems(cursor: Cursor, minor: number, depth: number): Generator<unknown> {
  const count = minor === INDEFINITE ? Number.POSITIVE_INFINITY : readCount(cursor, minor);
  for (let index = 0; index < count; index++) {
    if (count === Number.POSITIVE_INFINITY && cursor.takeBreak()) return;
    yield readItem(cursor, depth + 1);
  }
}

function readMap(cursor: Cursor, minor: number, depth: number): unknown {
  const entries: (readonly [string, unknown])[] = [];
  const count = minor === INDEFINITE ? Number.POSITIVE_INFINITY : readCount(cursor, minor);
  for (let index = 0; index < count; index++) {
    if (count === Number.POSITIVE_INFINITY && cursor.takeBreak()) break;
    const key = readItem(cursor, depth + 1);
    if (typeof key !== "string") throw malformed();
    entries.push([key, readItem(cursor, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

/** Times are tagged; they become the seconds that JSON has. */
function readTagged(cursor: Cursor, minor: number, depth: number): unknown {
  if (readCount(cursor, minor) !== TAG_EPOCH_SECONDS) throw malformed();
  const value = readItem(cursor, depth + 1);
  if (typeof value !== "number") throw malformed();
  return value;
}

function readSimple(cursor: Cursor, minor: number): unknown {
  switch (minor) {
    case 20:
      return false;
    case 21:
      return true;
    case 22:
    case 23:
      return null;
    case 25:
      return half(((view, at) => view.getUint16(at))(...cursor.number(2)));
    case 26:
      return ((view, at) => view.getFloat32(at))(...cursor.number(4));
    case 27:
      return ((view, at) => view.getFloat64(at))(...cursor.number(8));
    default:
      throw malformed();
  }
}

function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 0x400;
  if (exponent === 0) return sign * 2 ** (1 - HALF_EXPONENT_BIAS) * fraction;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - HALF_EXPONENT_BIAS) * (1 + fraction);
}
