/** Targets of a group: what is registered, what is on its way out, and how the load balancer found it. */
import type { TargetHealthReason, TargetHealthState } from "@roadstead/model/target-group";
import type { ReadTx, WriteTx } from "./connect.ts";
import { ringBalancers } from "./load-balancers.ts";

export interface TargetKey {
  readonly targetId: string;
  readonly port: number;
}

export interface TargetRow extends TargetKey {
  readonly availabilityZone: string | null;
  readonly state: "registered" | "draining";
  readonly drainingSince: Date | null;
  /** As it was last seen; null before the first check. */
  readonly health: {
    readonly state: TargetHealthState;
    readonly reason: TargetHealthReason | null;
    readonly description: string | null;
  } | null;
}

type Reader = Pick<ReadTx, "query">;

/** In the order of their registration. */
export const listTargets = (tx: Reader, targetGroupId: string) =>
  tx.query<TargetRow>(
    `SELECT t.target_id AS "targetId", t.port, t.availability_zone AS "availabilityZone", t.state,
       t.draining_since AS "drainingSince",
       CASE WHEN h.state IS NULL THEN NULL
         ELSE jsonb_build_object('state', h.state, 'reason', h.reason, 'description', h.description) END AS health
     FROM targets t
     LEFT JOIN target_health h ON (h.target_group_id, h.target_id, h.port) = (t.target_group_id, t.target_id, t.port)
     WHERE t.target_group_id = $1 ORDER BY t.registered_at, t.target_id, t.port`,
    [targetGroupId],
    "targets-list",
  );

/** Targets that a caller names, as rows. */
const GIVEN = `jsonb_to_recordset($2::jsonb) AS given("targetId" text, port integer, "availabilityZone" text)`;

/** A target that was on its way out is new again; one that is registered stays as it is. The caller holds the group. */
export async function registerTargets(
  tx: WriteTx,
  targetGroupId: string,
  targets: readonly (TargetKey & { readonly availabilityZone: string | null })[],
): Promise<void> {
  await tx.query(
    `DELETE FROM targets t USING ${GIVEN}
     WHERE t.target_group_id = $1 AND (t.target_id, t.port) = (given."targetId", given.port) AND t.state = 'draining'`,
    [targetGroupId, JSON.stringify(targets)],
  );
  await tx.query(
    `INSERT INTO targets (target_group_id, target_id, port, availability_zone, state)
     SELECT $1, given."targetId", given.port, given."availabilityZone", 'registered' FROM ${GIVEN}
     ON CONFLICT DO NOTHING`,
    [targetGroupId, JSON.stringify(targets)],
  );
  ringBalancers(tx);
}

/** They get no new requests from now on; where no load balancer knows them they are gone at once. The caller holds the group. */
export async function deregisterTargets(
  tx: WriteTx,
  group: { readonly targetGroupId: string; readonly isUsed: boolean },
  targets: readonly TargetKey[],
): Promise<void> {
  const those = `FROM ${GIVEN}
     WHERE t.target_group_id = $1 AND (t.target_id, t.port) = (given."targetId", given.port)`;
  await tx.query(
    group.isUsed
      ? `UPDATE targets t SET state = 'draining', draining_since = now() ${those} AND t.state = 'registered'`
      : `DELETE FROM targets t ${those.replace("FROM", "USING")}`,
    [group.targetGroupId, JSON.stringify(targets)],
  );
  ringBalancers(tx);
}

/** Which of these ids are machines of the scope: by the EC2 instance id they registered with, or by their own. */
export async function knownMachines(
  tx: Reader,
  scopeId: number,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    `SELECT ec2_instance_id AS id FROM container_instances
       WHERE scope_id = $1 AND ec2_instance_id = ANY($2) AND status <> 'INACTIVE'
     UNION SELECT id FROM container_instances WHERE scope_id = $1 AND id = ANY($2) AND status <> 'INACTIVE'`,
    [scopeId, ids],
  );
  return new Set(rows.map(({ id }) => id));
}
