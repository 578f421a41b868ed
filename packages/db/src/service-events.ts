/** What was said about services, newest first and a hundred each; placement and the deployer add, DescribeServices reads. */
import { randomUUID } from "node:crypto";
import type { ReadTx, WriteTx } from "./connect.ts";
import { recordServiceActions } from "./service-state-events.ts";

/** DescribeServices shows this many, and no more are kept. */
const SERVICE_EVENTS_MAX = 100;

export interface NewServiceEvent {
  readonly serviceId: string;
  readonly message: string;
}

/** Adds events in their order and drops each service's oldest beyond the hundred. */
export async function insertServiceEvents(tx: WriteTx, events: readonly NewServiceEvent[]): Promise<void> {
  if (events.length === 0) return;
  const said = events.map((event) => ({ ...event, id: randomUUID() }));
  // One moment for all would leave their order to chance wherever they are sorted by time.
  await tx.query(
    `INSERT INTO service_events (id, service_id, message, created_at)
     SELECT e.id, e.service_id, e.message, clock_timestamp()
     FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS e(id, service_id, message, n) ORDER BY e.n`,
    [said.map((e) => e.id), said.map((e) => e.serviceId), said.map((e) => e.message)],
    "service-events-insert",
  );
  await recordServiceActions(tx, said);
  await tx.query(
    `DELETE FROM service_events d USING (
       SELECT s.id AS service_id, (SELECT seq FROM service_events e WHERE e.service_id = s.id
         ORDER BY seq DESC OFFSET $2 LIMIT 1) AS last
       FROM unnest($1::text[]) AS s(id)) AS o
     WHERE d.service_id = o.service_id AND d.seq <= o.last`,
    [[...new Set(events.map((e) => e.serviceId))], SERVICE_EVENTS_MAX],
    "service-events-trim",
  );
}

export interface ServiceEventRow {
  readonly id: string;
  readonly serviceId: string;
  readonly message: string;
  readonly createdAt: Date;
}

/** Newest first. */
export const eventsOfServices = (
  tx: Pick<ReadTx, "query">,
  serviceIds: readonly string[],
  limit: number = SERVICE_EVENTS_MAX,
): Promise<readonly ServiceEventRow[]> =>
  tx.query<ServiceEventRow>(
    `SELECT e.id, e.service_id AS "serviceId", e.message, e.created_at AS "createdAt"
     FROM unnest($1::text[]) AS s(id)
     CROSS JOIN LATERAL (SELECT * FROM service_events WHERE service_id = s.id ORDER BY seq DESC LIMIT $2) e
     ORDER BY e.seq DESC`,
    [serviceIds, limit],
    "service-events-read",
  );
