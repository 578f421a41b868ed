/** Keeps calls of an API destination to its rate, in this replica; nothing is remembered of one that was quiet for a second. */

export interface RateLimit {
  /** Zero when the call may be made now, and is counted; else how long to wait before asking again. */
  take(destinationId: string, perSecond: number, nowMs: number): number;
}

/** Allowances are thrown away when there are more than this; a second's worth of calls is what that may cost. */
const REMEMBERED_MAX = 10_000;

export function createRateLimit(): RateLimit {
  const allowances = new Map<string, { calls: number; atMs: number }>();
  return {
    take(destinationId, perSecond, nowMs) {
      const last = allowances.get(destinationId) ?? { calls: perSecond, atMs: nowMs };
      const calls = Math.min(perSecond, last.calls + ((nowMs - last.atMs) / 1_000) * perSecond);
      const isFree = calls >= 1;
      if (allowances.size >= REMEMBERED_MAX) allowances.clear();
      allowances.set(destinationId, { calls: isFree ? calls - 1 : calls, atMs: nowMs });
      return isFree ? 0 : Math.ceil(((1 - calls) / perSecond) * 1_000);
    },
  };
}
