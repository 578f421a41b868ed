/** Keeps count of work nobody waits for, so that a stop can wait for it; sessions start theirs here. */
import type { Logger } from "@roadstead/service-kit/log";

export interface PendingWork {
  /** Failures are logged under `op`. */
  start(op: string, work: Promise<void>): void;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

export function createPendingWork(log: Logger): PendingWork {
  const pending = new Set<Promise<void>>();
  return {
    start(op, work) {
      const tracked: Promise<void> = work
        .catch((error: unknown) => log.warn({ op, err: error }, "session work failed"))
        .finally(() => pending.delete(tracked));
      pending.add(tracked);
    },
    async idle() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}
