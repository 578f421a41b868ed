/** Decides which scheduled actions of a target are due, and when each acts next; `scale-target` calls this. */
import type { DueAction } from "@roadstead/db/commit-scheduled";
import type { ScheduledActionRow } from "@roadstead/db/scheduled-actions";
import { nextTime, parseSchedule } from "@roadstead/scaling/schedule";

/** The earliest first. What was due several times while nobody looked is done once. */
export const dueActions = (actions: readonly ScheduledActionRow[], nowMs: number): readonly DueAction[] =>
  actions
    .filter(({ nextAt }) => nextAt !== null && nextAt.getTime() <= nowMs)
    .toSorted((a, b) => (a.nextAt?.getTime() ?? 0) - (b.nextAt?.getTime() ?? 0))
    .map((action) => ({ action, nextAt: following(action, nowMs) }));

function following(action: ScheduledActionRow, nowMs: number): Date | null {
  const schedule = parseSchedule(action.schedule);
  if (!schedule) return null;
  const nextMs = nextTime(
    {
      schedule,
      timezone: action.timezone,
      sinceMs: action.createdAt.getTime(),
      startMs: action.startAt?.getTime() ?? null,
      endMs: action.endAt?.getTime() ?? null,
    },
    nowMs,
  );
  return nextMs === null ? null : new Date(nextMs);
}

/** When the next of them is due, once those that are have been done. */
export function nextDueMs(actions: readonly ScheduledActionRow[], due: readonly DueAction[]): number | null {
  const moved = new Map(due.map(({ action, nextAt }) => [action.id, nextAt]));
  const times = actions.flatMap(({ id, nextAt }) => {
    const next = moved.has(id) ? moved.get(id) : nextAt;
    return next ? [next.getTime()] : [];
  });
  return times.length > 0 ? Math.min(...times) : null;
}
