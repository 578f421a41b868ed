/**
 * Gathers the chunks of one append into parts; S3 uploads use it. A full part is held back until the next one is long enough
 * to stand alone, because two parts can share what is left at the end, and then nothing is too short.
 */
import type { PartBuffers } from "./part-buffers.ts";
import type { S3Connection } from "./s3-connection.ts";
import type { PartSender } from "./s3-parts.ts";
import { type S3State, type TailPiece, tailBytes } from "./s3-state.ts";
import { loadTail, tailKey } from "./s3-tail.ts";

/** The least S3 takes for a part that is not the last. */
const PART_BYTES_MIN = 5 * 1_048_576;
const TAIL_PIECES_MAX = 32;

export interface GatheringDeps {
  readonly s3: S3Connection;
  /** Of buffers with room for two parts of the least size. */
  readonly buffers: PartBuffers;
  readonly parts: PartSender;
}

export interface Gathering {
  add(chunk: Uint8Array): Promise<void>;
  /** Everything added is durable: the state after it. */
  finish(): Promise<S3State>;
  /** Gives back what is still held. */
  release(): void;
}

/** `tail` bytes at the front are left free for the tail of earlier appends, fetched when there is a part to put them in. */
interface Part {
  readonly buffer: Buffer;
  readonly tail: number;
  end: number;
}

export function startGathering(from: S3State, deps: GatheringDeps): Gathering {
  return new PartGathering(from, deps);
}

class PartGathering implements Gathering {
  readonly #from: S3State;
  readonly #deps: GatheringDeps;
  #tailBytes: number;
  #held: Part | null = null;
  #filling: Part | null = null;
  #hasSent = false;

  constructor(from: S3State, deps: GatheringDeps) {
    this.#from = from;
    this.#deps = deps;
    this.#tailBytes = tailBytes(from);
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength; ) {
      this.#filling ??= await this.#begin();
      const part = this.#filling;
      const bytes = Math.min(chunk.byteLength - at, part.buffer.byteLength - part.end);
      part.buffer.set(chunk.subarray(at, at + bytes), part.end);
      part.end += bytes;
      at += bytes;
      if (part.end >= PART_BYTES_MIN) await this.#sendHeld();
      if (part.end === part.buffer.byteLength) {
        this.#held = part;
        this.#filling = null;
      }
    }
  }

  async finish(): Promise<S3State> {
    if (this.#held !== null && this.#filling !== null) {
      share(this.#held, this.#filling);
      await this.#sendHeld();
    }
    const last = this.#held ?? this.#filling;
    if (last !== null && last.end >= PART_BYTES_MIN && !this.#isWhole(last)) {
      this.#held = last;
      this.#filling = null;
      await this.#sendHeld();
    }
    const state = await this.#deps.parts.finish();
    const left = this.#held ?? this.#filling;
    return left === null ? state : this.#storePiece(left, state);
  }

  release(): void {
    for (const part of [this.#held, this.#filling]) {
      if (part !== null) this.#deps.buffers.giveBack(part.buffer);
    }
    this.#held = null;
    this.#filling = null;
  }

  /** Without a buffer to spare, the part held back goes first: who waits for a buffer while holding one may wait for ever. */
  async #begin(): Promise<Part> {
    if (this.#tailBytes >= PART_BYTES_MIN) await this.#sendTail();
    let buffer = this.#deps.buffers.takeIdle();
    if (buffer === null) {
      await this.#sendHeld();
      buffer = await this.#deps.buffers.take();
    }
    const tail = this.#tailBytes;
    this.#tailBytes = 0;
    return { buffer, tail, end: tail };
  }

  async #sendHeld(): Promise<void> {
    const part = this.#held;
    if (part === null) return;
    if (part.tail > 0) await loadTail(this.#deps.s3, this.#from.driver.tail, part.buffer);
    this.#held = null;
    this.#hasSent = true;
    await this.#deps.parts.send(part.buffer, part.end);
  }

  /** What was stored whole, as if it were all, turns out to be the first part. */
  async #sendTail(): Promise<void> {
    this.#held = { buffer: await this.#deps.buffers.take(), tail: this.#tailBytes, end: this.#tailBytes };
    this.#tailBytes = 0;
    await this.#sendHeld();
  }

  /** All of the upload so far is in this one buffer: stored as the blob itself, it needs no parts. */
  #isWhole({ tail }: Part): boolean {
    return this.#from.driver.parts.length === 0 && !this.#hasSent && tail === 0;
  }

  /** Many short appends would leave many pieces: now and then they are stored again as one. */
  async #storePiece({ buffer, tail, end }: Part, state: S3State): Promise<S3State> {
    const { driver } = state;
    const joins = driver.tail.length >= TAIL_PIECES_MAX;
    if (joins) await loadTail(this.#deps.s3, driver.tail, buffer);
    const isFirst = driver.parts.length === 0 && driver.tail.length === 0;
    const key = isFirst ? state.key : tailKey(state.key, driver.tailsMade);
    const body = buffer.subarray(joins ? 0 : tail, end);
    const piece: TailPiece = { key, etag: await this.#deps.s3.put(key, body), size: body.byteLength };
    return {
      key: state.key,
      size: state.size + end - tail,
      driver: {
        ...driver,
        tail: joins ? [piece] : [...driver.tail, piece],
        tailsMade: driver.tailsMade + 1,
      },
    };
  }
}

/** Moves bytes from the end of a full part to the front of one that is too short to stand alone. */
function share(full: Part, short: Part): void {
  const missing = PART_BYTES_MIN - short.end;
  if (missing <= 0) return;
  short.buffer.copyWithin(missing, 0, short.end);
  full.buffer.copy(short.buffer, 0, full.end - missing, full.end);
  full.end -= missing;
  short.end += missing;
}
