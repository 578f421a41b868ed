/** Decides what the supervisor does next from what is wanted and what runs. Pure: the loop in main.ts acts on it. */

const BACKOFF_FIRST_MS = 200;
export const BACKOFF_MAX_MS = 5_000;
/** A process that ran this long was well: its next end is a first failure again. */
export const STEADY_AFTER_MS = 10_000;

/** One process, by name: what is wanted of it and what is known about it. */
export interface Observed {
  readonly name: string;
  readonly wanted: { readonly hash: string } | null;
  readonly running: {
    readonly hash: string;
    readonly tier: number;
    readonly stopTimeoutMs: number;
    readonly stopAskedAt: number | null;
  } | null;
  readonly failures: number;
  readonly endedAt: number | null;
}

export type SupervisorAction =
  | { readonly kind: "start"; readonly name: string }
  | { readonly kind: "stop"; readonly name: string }
  | { readonly kind: "kill"; readonly name: string }
  | { readonly kind: "forget"; readonly name: string }
  | { readonly kind: "exit" };

export const backoffMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (failures - 1));

export const failuresAfterExit = (failures: number, ranMs: number): number =>
  ranMs >= STEADY_AFTER_MS ? 1 : failures + 1;

export function decide(all: readonly Observed[], now: number): readonly SupervisorAction[] {
  const unwanted = all.filter((p) => p.running !== null && p.running.hash !== p.wanted?.hash);
  // Nothing is taken away under a process that still uses it: agents go before services, services before stores.
  const highestTier = Math.max(-1, ...unwanted.map((p) => p.running?.tier ?? -1));
  const actions = all.flatMap((process) => decideOne(process, { now, highestTier }));
  const idle = all.every((p) => p.wanted === null && p.running === null);
  return idle ? [...actions, { kind: "exit" }] : actions;
}

function decideOne(
  process: Observed,
  { now, highestTier }: { readonly now: number; readonly highestTier: number },
): readonly SupervisorAction[] {
  const { name, wanted, running } = process;
  if (running === null) {
    if (wanted === null) return [{ kind: "forget", name }];
    const due = process.endedAt === null || now >= process.endedAt + backoffMs(process.failures);
    return due ? [{ kind: "start", name }] : [];
  }
  if (running.hash === wanted?.hash) return [];
  if (running.stopAskedAt === null) return running.tier === highestTier ? [{ kind: "stop", name }] : [];
  return now - running.stopAskedAt > running.stopTimeoutMs ? [{ kind: "kill", name }] : [];
}
