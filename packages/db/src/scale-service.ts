/** Changes a service's desired count on behalf of its scalable target; the api and the autoscaler call this. */
import type { WriteTx } from "./connect.ts";
import { type ScalableTargetRow, touchTarget } from "./scalable-targets.ts";
import { endActivities, insertActivity } from "./scaling-activities.ts";
import { type ServiceRow, updateService } from "./services.ts";

/** How soon it is asked whether the service has reached its count. */
const FIRST_LOOK_MS = 1_000;

export interface CountChange {
  readonly toCount: number;
  readonly cause: string;
  /** None where no policy asked. */
  readonly cooldownSeconds: number;
}

/** As UpdateService does it; both rows must be held. A change that still waits for its tasks is overridden. */
export async function scaleService(
  tx: WriteTx,
  held: ServiceRow,
  target: Pick<ScalableTargetRow, "id" | "scopeId" | "resourceId">,
  { toCount, cause, cooldownSeconds }: CountChange,
): Promise<void> {
  await updateService(tx, held, { ...held, desiredCount: toCount, newDeployment: false });
  await endActivities(tx, target.id, "Overridden", "A later change of the desired count took its place.");
  await insertActivity(tx, {
    scopeId: target.scopeId,
    resourceId: target.resourceId,
    targetId: target.id,
    description: `Setting desired count to ${toCount}.`,
    cause,
    status: "InProgress",
    statusMessage: `Successfully set desired count to ${toCount}. Waiting for change to be fulfilled by ecs.`,
    fromCount: held.desiredCount,
    toCount,
    cooldownSeconds,
  });
  await touchTarget(tx, target.id);
  tx.bell("scaleTarget", target.id, FIRST_LOOK_MS);
}

/** Moves a service that is outside of its bounds to the nearer one. */
export async function scaleIntoBounds(
  tx: WriteTx,
  held: ServiceRow,
  target: ScalableTargetRow,
): Promise<void> {
  const { minCapacity: min, maxCapacity: max } = target;
  if (held.desiredCount < min) {
    const cause = `minimum capacity was set to ${min}`;
    await scaleService(tx, held, target, { toCount: min, cause, cooldownSeconds: 0 });
  } else if (held.desiredCount > max) {
    const cause = `maximum capacity was set to ${max}`;
    await scaleService(tx, held, target, { toCount: max, cause, cooldownSeconds: 0 });
  }
}
