/** load → match → commit: takes events out of the log and puts up a delivery for each target of each rule that asks for them. */
import type { Db, WriteTx } from "@roadstead/db/connect";
import {
  insertDeliveries,
  type LoggedEvent,
  type NewDelivery,
  placesOf,
  type RoutingTarget,
  routingTargets,
  takeEvents,
} from "@roadstead/db/event-routing";
import { compileEventPattern, type EventPattern } from "@roadstead/event-pattern/event-pattern";
import { eventBodies } from "./event-bodies.ts";
import { envelope } from "./event-envelope.ts";

const BATCH = 500;

export interface RouteOutcome {
  readonly taken: number;
  readonly deliveries: number;
}

/** All in one transaction, so that an event is routed once, whatever dies when. */
export async function routeEvents(db: Db): Promise<RouteOutcome> {
  let outcome = { taken: 0, deliveries: 0 };
  for (let taken = BATCH; taken === BATCH; ) {
    const batch = await db.write(routeBatch);
    taken = batch.taken;
    outcome = { taken: outcome.taken + taken, deliveries: outcome.deliveries + batch.deliveries };
  }
  return outcome;
}

async function routeBatch(tx: WriteTx): Promise<RouteOutcome> {
  const { taken, events } = await takeEvents(tx, BATCH);
  if (events.length === 0) return { taken, deliveries: 0 };
  const targets = await routingTargets(tx, [...new Set(events.map(({ scopeId }) => scopeId))]);
  const deliveries = targets.length === 0 ? [] : await deliveriesOf(tx, events, targets);
  await insertDeliveries(tx, deliveries);
  return { taken, deliveries: deliveries.length };
}

async function deliveriesOf(
  tx: WriteTx,
  events: readonly LoggedEvent[],
  targets: readonly RoutingTarget[],
): Promise<readonly NewDelivery[]> {
  const asked = new Set(targets.map(({ scopeId }) => scopeId));
  const wanted = events.filter(({ scopeId }) => asked.has(scopeId));
  const places = await placesOf(tx, [...asked]);
  const bodies = await eventBodies(tx, wanted, places);
  const patterns = compiled(targets);
  return wanted.flatMap((event) => {
    const place = places.get(event.scopeId);
    const body = bodies.get(event);
    if (!place || !body) return [];
    const text = JSON.stringify(envelope(event, place, body));
    const parsed: unknown = JSON.parse(text);
    const matching = new Map<string, boolean>();
    return targets.flatMap(({ scopeId, ruleId, targetId }) => {
      if (scopeId !== event.scopeId) return [];
      const isMatch = matching.get(ruleId) ?? patterns.get(ruleId)?.(parsed) ?? false;
      matching.set(ruleId, isMatch);
      return isMatch ? [{ ruleId, targetId, event: text }] : [];
    });
  });
}

/** Of each rule once. Patterns were read when they were put, so they are good. */
function compiled(targets: readonly RoutingTarget[]): ReadonlyMap<string, EventPattern> {
  const patterns = new Map<string, EventPattern>();
  for (const { ruleId, pattern } of targets) {
    if (!patterns.has(ruleId)) patterns.set(ruleId, compileEventPattern(pattern));
  }
  return patterns;
}
