/** Brings one event to its target: calls an API destination, or writes into a log group. */
import type { Db } from "@roadstead/db/connect";
import { findCall } from "@roadstead/db/event-calls";
import { type ConnectionParameters, connectionContext } from "@roadstead/db/event-connections";
import type { EventDelivery } from "@roadstead/db/event-deliveries";
import type { SecretBox } from "@roadstead/db/secrets";
import { logGroupOf, parseEventArn, placeOf, ruleArn } from "@roadstead/model/event-arn";
import { appendToLog } from "./append-to-log.ts";
import { callDestination } from "./call-destination.ts";
import type { DeliveryResult } from "./delivery-result.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import { targetInput } from "./target-input.ts";

export interface TargetDeps {
  readonly db: Db;
  /** Opens what connections hold. */
  readonly secrets: SecretBox;
  readonly timeoutMs: number;
}

export function targetDeliverer(deps: TargetDeps): (delivery: EventDelivery) => Promise<DeliveryResult> {
  const rateLimit = createRateLimit();
  return async (delivery) => {
    const { arn, details, event, ruleName } = delivery;
    const place = placeOf(arn);
    const facts = { ruleName, ruleArn: ruleArn(place, ruleName), ingestedAt: delivery.createdAt };
    const input = () => targetInput(event, details, facts);
    const group = logGroupOf(arn);
    if (group) return appendToLog(deps.db, group.name, delivery, input());
    const destination = parseEventArn(arn, "api-destination");
    if (destination) return call(deps, rateLimit, delivery, { id: destination.id, input });
    return { kind: "dead", error: `${arn} is nothing that events are brought to` };
  };
}

async function call(
  { db, secrets, timeoutMs }: TargetDeps,
  rateLimit: RateLimit,
  { arn, scopeId, details }: EventDelivery,
  { id, input }: { readonly id: string; readonly input: () => string },
): Promise<DeliveryResult> {
  const found = await findCall(db, scopeId, id);
  if (!found) return { kind: "dead", error: `${arn} does not exist any more` };
  const { endpoint, method, connectionId, sealedParameters, rateLimit: perSecond } = found;
  if (sealedParameters === null) {
    return { kind: "dead", error: `the connection of ${arn} does not exist any more` };
  }
  const plain = secrets.open(sealedParameters, connectionContext(connectionId));
  if (plain === null) return { kind: "failed", error: "the connection's parameters do not open" };
  const delayMs = rateLimit.take(id, perSecond, performance.now());
  if (delayMs > 0) return { kind: "later", delayMs };
  const parameters = JSON.parse(plain) as ConnectionParameters;
  return callDestination({ endpoint, method, parameters, http: details.http, input: input(), timeoutMs });
}
