/** What bounds the answers of GetLogEvents and FilterLogEvents. */

export const PAGE_MAX_EVENTS = 10_000;
export const PAGE_MAX_BYTES = 1_048_576;
/** Beyond every time that an event can have. */
export const TIME_MAX_MS = Number.MAX_SAFE_INTEGER - 1;

const DAY_MS = 86_400_000;

/** Older events are gone for readers, whenever the sweep removes them. */
export const keptSince = (retentionDays: number | null, nowMs: number): number =>
  retentionDays === null ? 0 : nowMs - retentionDays * DAY_MS;
