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

/** A target that was on its way out is new again; one that is registered stays as it is. The caller holds the group. */
export async function registerTargets(
  tx: WriteTx,
  targetGroupId: string,
  targets: readonly (TargetKey & { readonly availabilityZone: string | null })[],
): Promise<void> {
  for (const { targetId, port, availabilityZone } of targets) {
    await tx.query(
      "DELETE FROM targets WHERE target_group_id = $1 AND target_id = $2 AND port = $3 AND state = 'draining'",
      [targetGroupId, targetId, port],
    );
    await tx.query(
      `INSERT INTO targets (target_group_id, target_id, port, availability_zone, state)
       VALUES ($1, $2, $3, $4, 'registered') ON CONFLICT DO NOTHING`,
      [targetGroupId, targetId, port, availabilityZone],
    );
  }
  ringBalancers(tx);
}

/** They get no new requests from now on; where no load balancer knows them they are gone at once. The caller holds the group. */
export async function deregisterTargets(
  tx: WriteTx,
  group: { readonly targetGroupId: string; readonly isUsed: boolean },
  targets: readonly TargetKey[],
): Promise<void> {
  const change = group.isUsed
    ? `UPDATE targets SET state = 'draining', draining_since = now()
       WHERE target_group_id = $1 AND target_id = $2 AND port = $3 AND state = 'registered'`
    : "DELETE FROM targets WHERE target_group_id = $1 AND target_id = $2 AND port = $3";
  for (const { targetId, port } of targets) await tx.query(change, [group.targetGroupId, targetId, port]);
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
