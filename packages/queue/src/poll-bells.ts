/** One pass over the overdue bells of a consumer: what no ring reached is run here; the consumer repeats it each second. */
import type { BellKind } from "@roadstead/messages/bell-kind";
import type { BellStore, DueBell } from "./bell-store.ts";

export interface PollOptions {
  readonly bellStore: BellStore;
  readonly kinds: readonly BellKind[];
  readonly gatewayId?: string | undefined;
  /** Runs at most at the same time, over all passes of this poller. */
  readonly concurrency: number;
  /** Must not reject. */
  readonly run: (bell: DueBell) => Promise<void>;
}

export interface Poller {
  /** Claims and starts until nothing is due. A slow run holds its place but does not hold up a pass with places left. */
  pass(signal: AbortSignal): Promise<void>;
  /** Resolves when every run has ended. */
  idle(): Promise<void>;
}

export function createPoller({ bellStore, kinds, gatewayId, concurrency, run }: PollOptions): Poller {
  const active = new Set<Promise<void>>();
  const start = (bell: DueBell) => {
    const running: Promise<void> = run(bell).finally(() => active.delete(running));
    active.add(running);
  };
  return {
    async pass(signal) {
      while (!signal.aborted) {
        if (active.size >= concurrency) {
          await Promise.race(active);
          continue;
        }
        const limit = concurrency - active.size;
        const due = await bellStore.claimOverdueBells(kinds, {
          limit,
          ...(gatewayId === undefined ? {} : { gatewayId }),
        });
        if (due.length === 0) return;
        for (const bell of due) start(bell);
      }
    },
    async idle() {
      await Promise.all(active);
    },
  };
}
