/** What the queue needs of the bell rows; the process hands `createQueue` the database's functions for it. */
import type { BellKind } from "@roadstead/messages/bell-kind";

export interface DueBell {
  readonly kind: BellKind;
  readonly key: string;
}

export interface BellLag {
  readonly kind: BellKind;
  readonly oldestMs: number;
  readonly count: number;
}

export interface BellStore {
  /** Due keys nobody has handled, held for the caller for a few seconds. `gatewayId` narrows to one gateway's sockets. */
  claimOverdueBells(
    kinds: readonly BellKind[],
    options: { readonly limit: number; readonly gatewayId?: string },
  ): Promise<readonly DueBell[]>;
  /** Puts the key's bells back with growing delay; after too many failures they become dead letters. */
  failBell(kind: BellKind, key: string, error: string): Promise<"retried" | "dead">;
  overdueBellLag(): Promise<readonly BellLag[]>;
}
