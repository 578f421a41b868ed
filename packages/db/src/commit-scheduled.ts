/** Sets a scalable target's bounds as its scheduled actions say, and moves the service into them. */
import type { WriteTx } from "./connect.ts";
import { type ScalableTargetRow, setTargetBounds, touchTarget } from "./scalable-targets.ts";
import { scaleIntoBounds } from "./scale-service.ts";
import { insertActivity } from "./scaling-activities.ts";
import { type ScheduledActionRow, setNextTime } from "./scheduled-actions.ts";
import type { ServiceRow } from "./services.ts";

export interface DueAction {
  readonly action: ScheduledActionRow;
  /** When it acts again, or null when it never does. */
  readonly nextAt: Date | null;
}

/** Both rows must be held. While schedules are suspended, what is due passes by. */
export async function commitDueActions(
  tx: WriteTx,
  target: ScalableTargetRow,
  service: ServiceRow | null,
  due: readonly DueAction[],
): Promise<void> {
  let bounded = target;
  for (const { action, nextAt } of due) {
    await setNextTime(tx, action.id, nextAt);
    if (!target.suspended.scheduled) bounded = await applyAction(tx, bounded, action);
  }
  if (bounded !== target && service) await scaleIntoBounds(tx, service, bounded);
  if (due.length > 0) await touchTarget(tx, target.id);
}

/** A bound that it leaves out stays as it is. */
async function applyAction(
  tx: WriteTx,
  target: ScalableTargetRow,
  action: ScheduledActionRow,
): Promise<ScalableTargetRow> {
  const min = action.minCapacity ?? target.minCapacity;
  const max = action.maxCapacity ?? target.maxCapacity;
  const isPossible = min <= max;
  const what = `set min capacity to ${min} and max capacity to ${max}`;
  await insertActivity(tx, {
    scopeId: target.scopeId,
    resourceId: target.resourceId,
    targetId: target.id,
    description: `Setting min capacity to ${min} and max capacity to ${max}`,
    cause: `scheduled action name ${action.name} was triggered`,
    status: isPossible ? "Successful" : "Failed",
    statusMessage: isPossible
      ? `Successfully ${what}`
      : `Failed to ${what}: the minimum is greater than the maximum.`,
  });
  if (!isPossible) return target;
  await setTargetBounds(tx, target.id, { min, max });
  return { ...target, minCapacity: min, maxCapacity: max };
}
