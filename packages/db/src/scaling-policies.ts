/** Scaling policies of scalable targets, with the alarms that target tracking makes for itself. */
import { deleteAlarms } from "./alarms.ts";
import type { ReadTx, WriteTx } from "./connect.ts";
import { touchTarget } from "./scalable-targets.ts";
import type { PolicyConfiguration } from "./schema/scaling.ts";

export interface ScalingPolicyRow {
  readonly id: string;
  readonly targetId: string;
  readonly resourceId: string;
  readonly name: string;
  readonly configuration: PolicyConfiguration;
  readonly alarmNames: readonly string[];
  readonly createdAt: Date;
}

type Reader = Pick<ReadTx, "query">;

const SELECT = `SELECT p.id, p.target_id AS "targetId", t.resource_id AS "resourceId", p.name, p.configuration,
  p.alarm_names AS "alarmNames", p.created_at AS "createdAt"
  FROM scaling_policies p JOIN scalable_targets t ON t.id = p.target_id`;

/** By resource and name in byte order. */
export const listPolicies = (tx: Reader, scopeId: number) =>
  tx.query<ScalingPolicyRow>(`${SELECT} WHERE t.scope_id = $1 ORDER BY t.resource_id, p.name`, [scopeId]);

export const policiesOfTarget = (tx: Reader, targetId: string) =>
  tx.query<ScalingPolicyRow>(
    `${SELECT} WHERE p.target_id = $1 ORDER BY p.name`,
    [targetId],
    "scaling-policies-of-target",
  );

/** The scalable targets that policies belong to; what is no policy is left out. */
export async function targetsOfPolicies(
  tx: Reader,
  policyIds: readonly string[],
): Promise<readonly { readonly policyId: string; readonly targetId: string }[]> {
  return tx.query<{ policyId: string; targetId: string }>(
    `SELECT id AS "policyId", target_id AS "targetId" FROM scaling_policies WHERE id = ANY($1)`,
    [[...policyIds]],
    "targets-of-policies",
  );
}

export interface WantedPolicy {
  readonly name: string;
  readonly configuration: PolicyConfiguration;
  readonly alarmNames: readonly string[];
}

/** A policy that is there keeps its id. The target must be held. */
export async function putPolicy(
  tx: WriteTx,
  targetId: string,
  id: string,
  { name, configuration, alarmNames }: WantedPolicy,
): Promise<void> {
  await tx.query(
    `INSERT INTO scaling_policies (id, target_id, name, configuration, alarm_names) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (target_id, name) DO UPDATE SET configuration = excluded.configuration,
       alarm_names = excluded.alarm_names`,
    [id, targetId, name, JSON.stringify(configuration), JSON.stringify(alarmNames)],
  );
  await touchTarget(tx, targetId);
}

/** The same for all of a target that is to go. */
export async function deletePolicies(
  tx: WriteTx,
  scopeId: number,
  policies: readonly Pick<ScalingPolicyRow, "id" | "alarmNames">[],
): Promise<void> {
  await tx.query("DELETE FROM scaling_policies WHERE id = ANY($1)", [policies.map(({ id }) => id)]);
  const names = policies.flatMap(({ alarmNames }) => alarmNames);
  if (names.length > 0) await deleteAlarms(tx, scopeId, names);
}
