/** Sends the parts of one append, a few at a time, and follows what is durable without a gap; S3 uploads use it. */
import { randomInt } from "node:crypto";
import type { PartBuffers } from "./part-buffers.ts";
import type { PartOfUpload, S3Connection } from "./s3-connection.ts";
import type { S3State } from "./s3-state.ts";

const IN_FLIGHT_MAX = 2;
const SPREAD_STEPS = 16;
const SPREAD_UNTIL = 1_000;

export interface PartSender {
  /** Sends `bytes` of `buffer` as the next part and gives the buffer back; waits while enough are under way. */
  send(buffer: Buffer, bytes: number): Promise<void>;
  /** Every part sent is durable: the state with all of them. */
  finish(): Promise<S3State>;
  /** Waits until nothing is under way, whatever became of it. */
  settle(): Promise<void>;
}

/** An upload that was opened here knows its next number; one that another process began must look. */
export interface PartNumbering {
  next: number | null;
}

export interface PartSenderOptions {
  readonly s3: S3Connection;
  readonly buffers: PartBuffers;
  readonly numbering: PartNumbering;
  readonly onDurable: (state: S3State) => void;
}

/** The first part takes the tail's place: its bytes begin with those of the tail. */
export function startParts(
  from: S3State,
  { s3, buffers, numbering, onDurable }: PartSenderOptions,
): PartSender {
  const tail = from.driver.tail.reduce((sum, { size }) => sum + size, 0);
  const sent: { readonly bytes: number; readonly number: number; etag: string | null }[] = [];
  const underWay = new Set<Promise<void>>();
  let state = from;
  let uploadId = from.driver.uploadId;
  let durable = 0;
  let failure: { readonly cause: unknown } | null = null;

  const advance = () => {
    const before = durable;
    for (let part = sent[durable]; part?.etag; part = sent[durable]) {
      const { size, driver } = state;
      const added = part.bytes - (durable === 0 ? tail : 0);
      state = {
        ...state,
        size: size + added,
        driver: {
          ...driver,
          uploadId,
          parts: [...driver.parts, { number: part.number, etag: part.etag }],
          tail: [],
        },
      };
      durable++;
    }
    if (durable > before) onDurable(state);
  };
  const put = async (buffer: Buffer, bytes: number, to: PartOfUpload) => {
    const part: (typeof sent)[number] = { bytes, number: to.number, etag: null };
    sent.push(part);
    try {
      part.etag = await s3.put(from.key, buffer.subarray(0, bytes), to);
      advance();
    } catch (cause) {
      failure ??= { cause };
    } finally {
      buffers.giveBack(buffer);
    }
  };
  const throwFailure = () => {
    if (failure !== null) throw failure.cause;
  };
  return {
    async send(buffer, bytes) {
      try {
        while (underWay.size >= IN_FLIGHT_MAX) await Promise.race(underWay);
        throwFailure();
        numbering.next ??= await nextPartNumber(s3, from);
        uploadId ??= await s3.startParts(from.key);
      } catch (error) {
        buffers.giveBack(buffer);
        throw error;
      }
      const sending = put(buffer, bytes, { uploadId, number: numbering.next++ }).finally(() =>
        underWay.delete(sending),
      );
      underWay.add(sending);
    },
    async finish() {
      await Promise.all(underWay);
      throwFailure();
      return state;
    },
    async settle() {
      await Promise.allSettled(underWay);
    },
  };
}

/**
 * Behind every number that another process may have used: it can have died with parts under way that are stored only
 * later, over ours if their numbers were the same. How far behind is left to chance, since it may itself have gone on
 * from the state that we go on from; but not for ever, because S3 has 10,000 numbers.
 */
export async function nextPartNumber(s3: S3Connection, { key, driver }: S3State): Promise<number> {
  if (driver.uploadId === null) return 1;
  const known = driver.parts.at(-1)?.number ?? 0;
  const last = Math.max(known, await s3.lastPartNumber(key, driver.uploadId));
  const steps = last < SPREAD_UNTIL ? randomInt(SPREAD_STEPS) : 0;
  return last + 1 + IN_FLIGHT_MAX * (1 + steps);
}
