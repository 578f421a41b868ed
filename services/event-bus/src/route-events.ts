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
import type { Logger } from "@roadstead/service-kit/log";
import { eventBodies } from "./event-bodies.ts";
import { type EventBridgeEvent, envelope } from "./event-envelope.ts";

const BATCH = 500;

export interface RouteOutcome {
  readonly taken: number;
  readonly deliveries: number;
}

export type RouteLog = Pick<Logger, "error">;

/** All in one transaction, so that an event is routed once, whatever dies when. */
export async function routeEvents(db: Db, log: RouteLog): Promise<RouteOutcome> {
  let outcome = { taken: 0, deliveries: 0 };
  for (let taken = BATCH; taken === BATCH; ) {
    const batch = await db.write((tx) => routeBatch(tx, log));
    taken = batch.taken;
    outcome = { taken: outcome.taken + taken, deliveries: outcome.deliveries + batch.deliveries };
  }
  return outcome;
}

async function routeBatch(tx: WriteTx, log: RouteLog): Promise<RouteOutcome> {
  const { taken, events } = await takeEvents(tx, BATCH);
  if (events.length === 0) return { taken, deliveries: 0 };
  const targets = await routingTargets(tx, [...new Set(events.map(({ scopeId }) => scopeId))]);
  const deliveries = targets.length === 0 ? [] : await deliveriesOf(tx, events, { targets, log });
  await insertDeliveries(tx, deliveries);
  return { taken, deliveries: deliveries.length };
}

/** An event that cannot be shown is left out and said: it would keep every other waiting. */
async function deliveriesOf(
  tx: WriteTx,
  events: readonly LoggedEvent[],
  { targets, log }: { readonly targets: readonly RoutingTarget[]; readonly log: RouteLog },
): Promise<readonly NewDelivery[]> {
  const rules = Map.groupBy(compiled(targets, log), ({ scopeId }) => scopeId);
  const places = await placesOf(tx, [...rules.keys()]);
  const wanted = events.filter(({ scopeId }) => rules.has(scopeId));
  const bodyOf = await eventBodies(tx, wanted);
  return wanted.flatMap((event) => {
    const place = places.get(event.scopeId);
    if (!place) return [];
    try {
      const body = bodyOf(event, place);
      return body ? matching(rules.get(event.scopeId) ?? [], envelope(event, place, body)) : [];
    } catch (error) {
      log.error({ op: "event.route", event: event.id, kind: event.kind, err: error }, "an event is left out");
      return [];
    }
  });
}

interface CompiledRule {
  readonly scopeId: number;
  readonly ruleId: string;
  readonly targetIds: readonly string[];
  readonly pattern: EventPattern;
}

function matching(rules: readonly CompiledRule[], event: EventBridgeEvent): readonly NewDelivery[] {
  const text = JSON.stringify(event);
  // Patterns look at what JSON gives: moments are texts there.
  const parsed: unknown = JSON.parse(text);
  return rules.flatMap(({ ruleId, targetIds, pattern }) =>
    pattern(parsed) ? targetIds.map((targetId) => ({ ruleId, targetId, event: text })) : [],
  );
}

/** A pattern was read when it was put; one that a later release took, and this one does not, asks for nothing here. */
function compiled(targets: readonly RoutingTarget[], log: RouteLog): readonly CompiledRule[] {
  return [...Map.groupBy(targets, ({ ruleId }) => ruleId)].flatMap(([ruleId, [first, ...more]]) => {
    if (!first) return [];
    try {
      const pattern = compileEventPattern(first.pattern);
      const targetIds = [first, ...more].map(({ targetId }) => targetId);
      return [{ scopeId: first.scopeId, ruleId, targetIds, pattern }];
    } catch (error) {
      log.error({ op: "event.route", rule: ruleId, err: error }, "a rule's pattern cannot be read");
      return [];
    }
  });
}
