/** Takes what happened out of the event log, once, and puts what rules make of it up for delivery; the event bus calls this. */
import type { Place } from "@roadstead/model/arn";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { EventKind } from "./schema/work.ts";

export interface LoggedEvent {
  readonly id: number;
  readonly scopeId: number;
  readonly kind: EventKind;
  readonly objectId: string;
  readonly version: number;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

export interface TakenEvents {
  /** How many left the log, those included that are too old to be delivered. */
  readonly taken: number;
  readonly events: readonly LoggedEvent[];
}

export interface RoutingTarget {
  readonly scopeId: number;
  readonly ruleId: string;
  readonly pattern: string;
  readonly targetId: string;
}

export interface NewDelivery {
  readonly ruleId: string;
  readonly targetId: string;
  readonly event: string;
}

/** EventBridge gives up what is a day old; a bus that was away for longer delivers nothing that nobody waits for any more. */
const AGE_MAX_HOURS = 24;

/**
 * Takes the oldest events that no rule was asked about, and passes over those that another replica holds: which
 * are committed in the order of their ids nobody knows.
 */
export async function takeEvents(tx: WriteTx, limit: number): Promise<TakenEvents> {
  const rows = await tx.query<LoggedEvent & { readonly isStale: boolean }>(
    `UPDATE events SET delivered_at = now() WHERE id IN (
       SELECT id FROM events WHERE delivered_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING id, scope_id AS "scopeId", kind, object_id AS "objectId", version, detail, at,
       at < now() - make_interval(hours => $2) AS "isStale"`,
    [limit, AGE_MAX_HOURS],
    "events-take",
  );
  const events = rows.map((row) => ({ ...row, id: Number(row.id) })).sort((a, b) => a.id - b.id);
  return { taken: events.length, events: events.filter(({ isStale }) => !isStale) };
}

/** Every target of enabled rules of those scopes, kept from being removed until the transaction ends. */
export const routingTargets = (tx: WriteTx, scopeIds: readonly number[]) =>
  tx.query<RoutingTarget>(
    `SELECT r.scope_id AS "scopeId", r.id AS "ruleId", r.pattern, t.target_id AS "targetId"
     FROM event_rules r JOIN event_targets t ON t.rule_id = r.id
     WHERE r.scope_id = ANY($1) AND r.state = 'ENABLED' ORDER BY r.id, t.target_id FOR KEY SHARE OF t`,
    [scopeIds],
    "events-targets",
  );

export async function insertDeliveries(tx: WriteTx, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await tx.query(
    `INSERT INTO event_deliveries (rule_id, target_id, event)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
    [
      deliveries.map(({ ruleId }) => ruleId),
      deliveries.map(({ targetId }) => targetId),
      deliveries.map(({ event }) => event),
    ],
    "deliveries-insert",
  );
}

/** Accounts and regions by the scope that stands for them. */
export async function placesOf(
  tx: Pick<ReadTx, "query">,
  scopeIds: readonly number[],
): Promise<ReadonlyMap<number, Place>> {
  const rows = await tx.query<Place & { readonly id: number }>(
    `SELECT id, account_id AS "accountId", region FROM scopes WHERE id = ANY($1)`,
    [scopeIds],
    "events-places",
  );
  return new Map(rows.map(({ id, accountId, region }) => [id, { accountId, region }]));
}
