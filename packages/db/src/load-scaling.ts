/** What the decision about a scalable target needs to see, in one snapshot; `commit-scaling` commits the answer. */
import type { Place } from "@roadstead/model/arn";
import { parseScaledService, scalingPolicyArn } from "@roadstead/model/scaling-arn";
import { type AlarmRow, alarmsOfAction } from "./alarms.ts";
import { newestBell } from "./bells.ts";
import type { ReadTx } from "./connect.ts";
import { findTargetById, type ScalableTargetRow } from "./scalable-targets.ts";
import { newestActivity, newestScaling, type ScalingActivityRow } from "./scaling-activities.ts";
import { policiesOfTarget, type ScalingPolicyRow } from "./scaling-policies.ts";
import { type ScheduledActionRow, scheduledActionsOfTarget } from "./scheduled-actions.ts";

export interface ScaledServiceState {
  readonly id: string;
  readonly clusterId: string;
  readonly name: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly deploying: boolean;
}

export interface LoadedPolicy extends ScalingPolicyRow {
  /** Those in ALARM that act. */
  readonly alarms: readonly AlarmRow[];
}

export interface LoadedScaling {
  readonly targetId: string;
  readonly newestBell: number;
  readonly nowMs: number;
  /** Null when it was deregistered. */
  readonly target: ScalableTargetRow | null;
  /** Null when no ACTIVE service has the name. */
  readonly service: ScaledServiceState | null;
  readonly policies: readonly LoadedPolicy[];
  readonly scheduled: readonly ScheduledActionRow[];
  readonly last: ScalingActivityRow | null;
  readonly newest: ScalingActivityRow | null;
}

export async function loadScaling(tx: ReadTx, targetId: string): Promise<LoadedScaling> {
  const newest = await newestBell(tx, "scaleTarget", targetId);
  const target = await findTargetById(tx, targetId);
  const [moment] = await tx.query<{ nowMs: number }>(
    `SELECT (extract(epoch FROM now()) * 1000)::float8 AS "nowMs"`,
  );
  return {
    targetId,
    newestBell: newest,
    nowMs: moment?.nowMs ?? 0,
    target,
    service: target ? await scaledService(tx, target) : null,
    policies: target ? await actingPolicies(tx, target) : [],
    scheduled: target ? await scheduledActionsOfTarget(tx, target.id) : [],
    last: await newestScaling(tx, targetId),
    newest: await newestActivity(tx, targetId),
  };
}

async function scaledService(
  tx: ReadTx,
  { scopeId, resourceId }: ScalableTargetRow,
): Promise<ScaledServiceState | null> {
  const named = parseScaledService(resourceId);
  if (!named) return null;
  const [row] = await tx.query<ScaledServiceState>(
    `SELECT s.id, s.cluster_id AS "clusterId", s.name, s.desired_count AS "desiredCount",
       (SELECT count(*)::int FROM task_state t WHERE t.service_id = s.id AND t.last_status = 'RUNNING') AS "runningCount",
       ${DEPLOYING} AS deploying
     FROM services s JOIN clusters c ON c.id = s.cluster_id
     WHERE c.scope_id = $1 AND c.name = $2 AND s.name = $3 AND s.status = 'ACTIVE'`,
    [scopeId, named.clusterName, named.serviceName],
    "scaling-service",
  );
  return row ?? null;
}

/** A deployment that is in progress, of the service `s`. */
const DEPLOYING = `EXISTS (SELECT FROM service_deployments d
  WHERE d.service_id = s.id AND d.status <> 'INACTIVE' AND d.rollout_state = 'IN_PROGRESS')`;

export async function isDeploying(tx: Pick<ReadTx, "query">, serviceId: string): Promise<boolean> {
  const [row] = await tx.query<{ deploying: boolean }>(
    `SELECT ${DEPLOYING} AS deploying FROM services s WHERE s.id = $1`,
    [serviceId],
  );
  return row?.deploying ?? false;
}

async function actingPolicies(tx: ReadTx, target: ScalableTargetRow): Promise<readonly LoadedPolicy[]> {
  const [place] = await tx.query<Place>(
    `SELECT account_id AS "accountId", region FROM scopes WHERE id = $1`,
    [target.scopeId],
  );
  if (!place) return [];
  const loaded: LoadedPolicy[] = [];
  for (const policy of await policiesOfTarget(tx, target.id)) {
    const alarms = await alarmsOfAction(tx, target.scopeId, scalingPolicyArn(place, policy));
    const acting = alarms.filter(({ state, actionsEnabled }) => state === "ALARM" && actionsEnabled);
    loaded.push({ ...policy, alarms: acting });
  }
  return loaded;
}
