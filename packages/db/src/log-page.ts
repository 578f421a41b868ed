/** Gathers the nearest events of a page out of chunks that overlap, without holding more than the page; reading logs uses it. */

/** An event's place among all of its group. */
export interface LogPosition {
  readonly timestampMs: number;
  readonly seq: number;
}

interface Sized extends LogPosition {
  readonly message: string;
}

export interface LogPage<Event extends Sized> {
  add(events: readonly Event[]): void;
  /** Whether nothing at that time or beyond it, in the direction of reading, can belong to the page. */
  isSettledBefore(timestampMs: number): boolean;
  /** In order of time. */
  events(): readonly Event[];
  eventsBefore(timestampMs: number): readonly Event[];
  /** The last event of a page that left some out; null when it holds all. */
  resume(): LogPosition | null;
}

/** What an answer's event costs beside its message. */
const EVENT_OVERHEAD_BYTES = 26;

export const comparePositions = (a: LogPosition, b: LogPosition): number =>
  a.timestampMs - b.timestampMs || a.seq - b.seq;

export function createLogPage<Event extends Sized>(options: {
  readonly direction: "forward" | "backward";
  readonly beyond: LogPosition | null;
  readonly limit: number;
  readonly maxBytes: number;
}): LogPage<Event> {
  const { beyond, limit, maxBytes } = options;
  const sign = options.direction === "forward" ? 1 : -1;
  const compare = (a: LogPosition, b: LogPosition) => sign * comparePositions(a, b);
  let kept: Event[] = [];
  /** The nearest event that found no room: it and what is beyond it belong to a later page. */
  let cut: LogPosition | null = null;
  const inOrder = (events: readonly Event[]) => (sign > 0 ? events : [...events].reverse());
  return {
    add(events) {
      const near = events.filter(
        (event) => (!beyond || compare(event, beyond) > 0) && (!cut || compare(event, cut) < 0),
      );
      if (near.length === 0) return;
      kept = [...kept, ...near].sort(compare);
      const room = roomFor(kept, limit, maxBytes);
      if (room === kept.length) return;
      cut = kept[room] ?? null;
      kept = kept.slice(0, room);
    },
    isSettledBefore: (timestampMs) => cut !== null && sign * (timestampMs - cut.timestampMs) > 0,
    events: () => inOrder(kept),
    eventsBefore: (timestampMs) =>
      inOrder(kept.filter((event) => sign * (event.timestampMs - timestampMs) < 0)),
    resume: () => (cut ? (kept.at(-1) ?? null) : null),
  };
}

/** How many of the events fit; always one. */
function roomFor(events: readonly Sized[], limit: number, maxBytes: number): number {
  let bytes = 0;
  const most = Math.min(events.length, limit);
  for (let i = 0; i < most; i++) {
    bytes += Buffer.byteLength(events[i]?.message ?? "") + EVENT_OVERHEAD_BYTES;
    if (bytes > maxBytes && i > 0) return i;
  }
  return most;
}
