/** Holds all spools together within a bound, by making followers wait; `task-logs` has one. */

interface Spool {
  readonly bytes: number;
}

export interface LogRoom {
  /** Resolves when the spool may grow, or the signal fires. */
  wait(spool: Spool, signal: AbortSignal): Promise<void>;
  /** Something was sent. */
  freed(): void;
}

/** One container may fill a part of the room, so that others always find some. */
const SHARE = 0.5;

export function createLogRoom(maxBytes: number, spools: () => readonly Spool[]): LogRoom {
  let freeing = Promise.withResolvers<void>();
  const isFull = (spool: Spool) =>
    spool.bytes >= maxBytes * SHARE || spools().reduce((sum, { bytes }) => sum + bytes, 0) >= maxBytes;
  return {
    async wait(spool, signal) {
      const aborted = Promise.withResolvers<void>();
      const abort = () => aborted.resolve();
      signal.addEventListener("abort", abort, { once: true });
      while (isFull(spool) && !signal.aborted) await Promise.race([freeing.promise, aborted.promise]);
      signal.removeEventListener("abort", abort);
    },
    freed() {
      freeing.resolve();
      freeing = Promise.withResolvers();
    },
  };
}
