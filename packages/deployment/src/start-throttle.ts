/** How long a service waits before it tries again to start what failed to start or found no place. */

/** Waits after as many failures; a first bad start costs nothing, and the last repeats. */
const START_WAITS_MS = [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900].map((seconds) => seconds * 1_000);
/** Capacity comes and goes by itself, so placement is tried again soon. */
const PLACEMENT_WAITS_MS = [0, 1, 2, 4, 5].map((seconds) => seconds * 1_000);
/** So many steps into the waits a deployment does not start its tasks consistently. */
const INCONSISTENT_STEPS = 4;
/** Failures of one round count up to here: twenty tasks that fail together say as little as three. */
const ROUND_STEPS_MAX = 3;

export interface StartThrottle {
  readonly waitMs: number;
  /** A whole round has failed: one task at a time finds out whether starting works again. */
  readonly probing: boolean;
  /** The service says that it is unable to start tasks consistently. */
  readonly inconsistent: boolean;
}

/** Failures are of tasks in a row that never ran; a service of `desired` tasks starts as many in a round. */
export function startThrottle(failures: number, desired: number): StartThrottle {
  const round = Math.max(desired, ROUND_STEPS_MAX);
  const steps = Math.min(failures, ROUND_STEPS_MAX) + Math.max(0, failures - round);
  return {
    waitMs: nth(START_WAITS_MS, steps),
    probing: failures >= round,
    inconsistent: steps >= INCONSISTENT_STEPS,
  };
}

export const placementWaitMs = (attempts: number): number => nth(PLACEMENT_WAITS_MS, attempts);

const nth = (waits: readonly number[], at: number): number => waits[Math.min(at, waits.length - 1)] ?? 0;
