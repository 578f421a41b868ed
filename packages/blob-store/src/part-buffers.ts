/** Lends the buffers in which parts of uploads are gathered, so that all uploads together hold a bounded amount of memory. */
import { BlobStoreError } from "./blob-store.ts";

const IDLE_MAX = 4;

export interface PartBuffers {
  /** A buffer that need not be waited for; null when there is none. */
  takeIdle(): Buffer | null;
  /** Waits for a buffer in turn; rejects with a BlobStoreError when none came back in time. */
  take(): Promise<Buffer>;
  giveBack(buffer: Buffer): void;
}

export interface PartBufferOptions {
  readonly bytes: number;
  readonly count: number;
  readonly waitMs: number;
}

export function createPartBuffers({ bytes, count, waitMs }: PartBufferOptions): PartBuffers {
  const idle: Buffer[] = [];
  const waiting: ((buffer: Buffer) => void)[] = [];
  let lent = 0;
  const takeIdle = () => {
    if (lent >= count) return null;
    lent++;
    return idle.pop() ?? Buffer.allocUnsafeSlow(bytes);
  };
  return {
    takeIdle,
    take() {
      const buffer = takeIdle();
      if (buffer !== null) return Promise.resolve(buffer);
      return new Promise((resolve, reject) => {
        const receive = (buffer: Buffer) => {
          clearTimeout(timer);
          resolve(buffer);
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(receive), 1);
          reject(new BlobStoreError("too many uploads at once"));
        }, waitMs);
        waiting.push(receive);
      });
    },
    giveBack(buffer) {
      const next = waiting.shift();
      if (next !== undefined) {
        next(buffer);
        return;
      }
      lent--;
      if (idle.length < IDLE_MAX) idle.push(buffer);
    },
  };
}
