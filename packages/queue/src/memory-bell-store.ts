/** Bell rows in memory, with the semantics of the database's; tests of consumers use it. */
import type { BellKind } from "@roadstead/messages/bell-kind";
import type { BellLag, BellStore, DueBell } from "./bell-store.ts";

const GRACE_MS = 500;
const LEASE_MS = 5_000;
const BACKOFF_MS = 100;
const ATTEMPTS_MAX = 10;

interface Row extends DueBell {
  notBefore: number;
  attempts: number;
}

export class MemoryBellStore implements BellStore {
  readonly failures: string[] = [];
  readonly claimedFor = new Set<string>();
  #rows: Row[] = [];

  add(kind: BellKind, key: string, delayMs = 0): void {
    this.#rows.push({ kind, key, notBefore: Date.now() + delayMs, attempts: 0 });
  }

  /** What a handler's commit does. */
  take(kind: BellKind, key: string): void {
    this.#rows = this.#rows.filter((row) => row.kind !== kind || row.key !== key);
  }

  keys(): readonly string[] {
    return this.#rows.map((row) => row.key);
  }

  async claimOverdueBells(
    kinds: readonly BellKind[],
    { limit, gatewayId }: { readonly limit: number; readonly gatewayId?: string },
  ): Promise<readonly DueBell[]> {
    if (gatewayId !== undefined) this.claimedFor.add(gatewayId);
    const now = Date.now();
    const due = this.#rows
      .filter((row) => kinds.includes(row.kind) && row.notBefore <= now - GRACE_MS)
      .slice(0, limit);
    for (const row of due) row.notBefore = now + LEASE_MS - GRACE_MS;
    return due.map(({ kind, key }) => ({ kind, key }));
  }

  async failBell(kind: BellKind, key: string, error: string): Promise<"retried" | "dead"> {
    this.failures.push(`${key}: ${error}`);
    const rows = this.#rows.filter((row) => row.kind === kind && row.key === key);
    for (const row of rows) {
      row.attempts++;
      row.notBefore = Date.now() + BACKOFF_MS;
    }
    if (!rows.some((row) => row.attempts >= ATTEMPTS_MAX)) return "retried";
    this.take(kind, key);
    return "dead";
  }

  async overdueBellLag(): Promise<readonly BellLag[]> {
    const now = Date.now();
    const due = Map.groupBy(
      this.#rows.filter((row) => row.notBefore <= now),
      (row) => row.kind,
    );
    return [...due].map(([kind, rows]) => ({
      kind,
      count: rows.length,
      oldestMs: now - Math.min(...rows.map((row) => row.notBefore)),
    }));
  }
}
