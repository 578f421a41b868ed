/** Events on their way to targets: claimed, delivered, put off or given up; the event bus calls this. */
import type { Db, ReadTx } from "./connect.ts";
import type { EventTargetDetails } from "./schema/event-bus.ts";

export interface EventDelivery {
  readonly id: number;
  readonly ruleId: string;
  readonly targetId: string;
  readonly ruleName: string;
  readonly scopeId: number;
  readonly arn: string;
  readonly details: EventTargetDetails;
  readonly event: string;
  /** This one included. */
  readonly attempts: number;
  readonly ageSeconds: number;
  readonly createdAt: Date;
}

export interface DeliveryClaim {
  readonly limit: number;
  /** No target takes up more than this many at once. */
  readonly perTarget: number;
  /** Targets that have enough under way here, each as `rule id/target id`. */
  readonly busy: readonly string[];
  /** If the claimant dies, another goes on after this. */
  readonly leaseMs: number;
}

/** Dead deliveries are kept this long. */
const DEAD_DAYS = 7;

/** Takes due deliveries up, the longest due of each target first, and no target always first; replicas pass over what another takes. */
export async function claimDeliveries(
  db: Pick<Db, "query">,
  { limit, perTarget, busy, leaseMs }: DeliveryClaim,
): Promise<readonly EventDelivery[]> {
  const rows = await db.query<EventDelivery>(
    `WITH due AS MATERIALIZED (
       SELECT d.id, t.arn, t.details, r.name, r.scope_id
       FROM (SELECT * FROM event_targets ORDER BY random()) t JOIN event_rules r ON r.id = t.rule_id
       CROSS JOIN LATERAL (
         SELECT id FROM event_deliveries d
         WHERE d.rule_id = t.rule_id AND d.target_id = t.target_id AND d.died_at IS NULL AND d.not_before <= now()
         ORDER BY d.not_before LIMIT $2 FOR UPDATE SKIP LOCKED) d
       WHERE t.rule_id || '/' || t.target_id <> ALL($3::text[]) LIMIT $1)
     UPDATE event_deliveries d SET attempts = attempts + 1,
       not_before = now() + make_interval(secs => $4::float8 / 1000)
     FROM due WHERE d.id = due.id
     RETURNING d.id, d.rule_id AS "ruleId", d.target_id AS "targetId", due.name AS "ruleName",
       due.scope_id AS "scopeId", due.arn, due.details, d.event, d.attempts,
       extract(epoch FROM now() - d.created_at)::float8 AS "ageSeconds", d.created_at AS "createdAt"`,
    [limit, perTarget, busy, leaseMs],
    "deliveries-claim",
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

export async function finishDelivery(db: Pick<Db, "query">, id: number): Promise<void> {
  await db.query("DELETE FROM event_deliveries WHERE id = $1", [id], "delivery-finish");
}

export async function putOffDelivery(
  db: Pick<Db, "query">,
  id: number,
  { error, delayMs }: { readonly error: string; readonly delayMs: number },
): Promise<void> {
  await db.query(
    `UPDATE event_deliveries SET last_error = $2, not_before = now() + make_interval(secs => $3::float8 / 1000)
     WHERE id = $1`,
    [id, error, delayMs],
    "delivery-put-off",
  );
}

/** Gives it back untried. */
export async function postponeDelivery(db: Pick<Db, "query">, id: number, delayMs: number): Promise<void> {
  await db.query(
    `UPDATE event_deliveries SET attempts = attempts - 1,
       not_before = now() + make_interval(secs => $2::float8 / 1000) WHERE id = $1`,
    [id, delayMs],
    "delivery-postpone",
  );
}

/** It becomes a dead letter. */
export async function buryDelivery(db: Pick<Db, "query">, id: number, error: string): Promise<void> {
  await db.query(
    "UPDATE event_deliveries SET last_error = $2, died_at = now() WHERE id = $1",
    [id, error],
    "delivery-bury",
  );
}

export interface DeadDelivery {
  readonly id: number;
  readonly rule: string;
  readonly targetId: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly diedAt: Date;
  readonly event: string;
}

/** The newest first. */
export async function listDeadDeliveries(
  tx: Pick<ReadTx, "query">,
  limit: number,
): Promise<readonly DeadDelivery[]> {
  const rows = await tx.query<DeadDelivery>(
    `SELECT d.id, r.name AS rule, d.target_id AS "targetId", d.attempts, d.last_error AS "lastError",
       d.created_at AS "createdAt", d.died_at AS "diedAt", d.event
     FROM event_deliveries d JOIN event_rules r ON r.id = d.rule_id
     WHERE d.died_at IS NOT NULL ORDER BY d.died_at DESC, d.id DESC LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

export async function dropOldDeadDeliveries(db: Pick<Db, "query">): Promise<void> {
  await db.query("DELETE FROM event_deliveries WHERE died_at < now() - make_interval(days => $1)", [
    DEAD_DAYS,
  ]);
}
