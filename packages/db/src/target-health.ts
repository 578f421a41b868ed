/** Writes down what the load balancer saw: how targets are, which are drained, which balancers listen. It alone calls this. */
import type { TargetHealthReason, TargetHealthState } from "@roadstead/model/target-group";
import type { WriteTx } from "./connect.ts";

interface Key {
  readonly groupId: string;
  readonly targetId: string;
  readonly port: number;
}

export interface TargetHealthReport extends Key {
  readonly state: TargetHealthState;
  readonly reason: TargetHealthReason | null;
  readonly description: string | null;
}

/** Returns what is different now. A target that was deregistered and forgotten meanwhile is left out. */
export const reportTargetHealth = (tx: WriteTx, reports: readonly TargetHealthReport[]) =>
  tx.query<TargetHealthReport>(
    `WITH seen AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb)
         AS s("groupId" text, "targetId" text, port integer, state text, reason text, description text)
     )
     INSERT INTO target_health (target_group_id, target_id, port, state, reason, description)
     SELECT s."groupId", s."targetId", s.port, s.state, s.reason, s.description
     FROM seen s
     JOIN (SELECT target_group_id, target_id, port FROM targets ORDER BY target_group_id, target_id, port FOR KEY SHARE) t
       ON (t.target_group_id, t.target_id, t.port) = (s."groupId", s."targetId", s.port)
     ORDER BY s."groupId", s."targetId", s.port
     ON CONFLICT (target_group_id, target_id, port) DO UPDATE
       SET state = excluded.state, reason = excluded.reason, description = excluded.description, at = now()
       WHERE (target_health.state, target_health.reason, target_health.description)
         IS DISTINCT FROM (excluded.state, excluded.reason, excluded.description)
     RETURNING target_group_id AS "groupId", target_id AS "targetId", port, state, reason, description`,
    [JSON.stringify(reports)],
    "target-health-report",
  );

/** A target that was registered again meanwhile stays. */
export async function forgetDrained(tx: WriteTx, drained: readonly Key[]): Promise<void> {
  if (drained.length === 0) return;
  await tx.query(
    `DELETE FROM targets t USING jsonb_to_recordset($1::jsonb) AS d("groupId" text, "targetId" text, port integer)
     WHERE (t.target_group_id, t.target_id, t.port) = (d."groupId", d."targetId", d.port) AND t.state = 'draining'`,
    [JSON.stringify(drained)],
  );
}

export interface BalancerState {
  readonly id: string;
  readonly state: "active" | "active_impaired" | "failed";
  readonly reason: string | null;
}

export async function setBalancerStates(tx: WriteTx, states: readonly BalancerState[]): Promise<void> {
  for (const { id, state, reason } of states) {
    await tx.query("UPDATE load_balancers SET state = $2, state_reason = $3 WHERE id = $1", [
      id,
      state,
      reason,
    ]);
  }
}
