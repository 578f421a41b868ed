/** Sends the parts of one append, a few at a time, and follows what is durable without a gap; S3 uploads use it. */
import type { PartBuffers } from "./part-buffers.ts";
import type { S3Connection } from "./s3-connection.ts";
import type { S3State } from "./s3-state.ts";

const IN_FLIGHT_MAX = 2;

export interface PartSender {
  /** Sends `bytes` of `buffer` as the next part and gives the buffer back; waits while enough are under way. */
  send(buffer: Buffer, bytes: number): Promise<void>;
  /** Every part sent is durable: the state with all of them. */
  finish(): Promise<S3State>;
  /** Waits until nothing is under way, whatever became of it. */
  settle(): Promise<void>;
}

export interface PartSenderOptions {
  readonly s3: S3Connection;
  readonly buffers: PartBuffers;
  readonly onDurable: (state: S3State) => void;
}

/** The first part takes the tail's place: its bytes begin with those of the tail. */
export function startParts(from: S3State, { s3, buffers, onDurable }: PartSenderOptions): PartSender {
  const tail = from.driver.tail.reduce((sum, { size }) => sum + size, 0);
  const sent: { bytes: number; etag: string | null }[] = [];
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
        driver: { ...driver, uploadId, etags: [...driver.etags, part.etag], tail: [] },
      };
      durable++;
    }
    if (durable > before) onDurable(state);
  };
  const put = async (buffer: Buffer, bytes: number, id: string) => {
    const part: (typeof sent)[number] = { bytes, etag: null };
    sent.push(part);
    const number = from.driver.etags.length + sent.length;
    try {
      part.etag = await s3.put(from.key, buffer.subarray(0, bytes), { uploadId: id, number });
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
        uploadId ??= await s3.startParts(from.key);
      } catch (error) {
        buffers.giveBack(buffer);
        throw error;
      }
      const sending = put(buffer, bytes, uploadId).finally(() => underWay.delete(sending));
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
