/** Brings one event to its target, whichever kind that is. */

import type { Db } from "@roadstead/db/connect";
import { findCall } from "@roadstead/db/event-calls";
import { type ConnectionParameters, connectionContext } from "@roadstead/db/event-connections";
import type { EventDelivery } from "@roadstead/db/event-deliveries";
import type { SecretBox } from "@roadstead/db/secrets";
import { parseEventArn, ruleArn } from "@roadstead/model/event-arn";
import { callDestination } from "./call-destination.ts";
import type { DeliveryResult } from "./delivery-result.ts";
import { targetInput } from "./target-input.ts";

export interface TargetDeps {
  readonly db: Db;
  /** Opens what connections hold. */
  readonly secrets: SecretBox;
  readonly timeoutMs: number;
}

export const targetDeliverer =
  (deps: TargetDeps) =>
  async (delivery: EventDelivery): Promise<DeliveryResult> => {
    const destination = parseEventArn(delivery.arn, "api-destination");
    if (!destination)
      return { kind: "dead", error: `${delivery.arn} is no target that events are brought to` };
    const call = await findCall(deps.db, delivery.scopeId, destination.id);
    if (!call) return { kind: "dead", error: `${delivery.arn} does not exist any more` };
    if (call.sealedParameters === null)
      return { kind: "dead", error: `the connection of ${delivery.arn} does not exist any more` };
    const plain = deps.secrets.open(call.sealedParameters, connectionContext(call.connectionId));
    if (plain === null) return { kind: "failed", error: "the connection's parameters do not open" };
    return callDestination({
      endpoint: call.endpoint,
      method: call.method,
      parameters: JSON.parse(plain) as ConnectionParameters,
      http: delivery.details.http,
      input: targetInput(delivery.event, delivery.details, {
        ruleName: delivery.ruleName,
        ruleArn: ruleArn(destination.place, delivery.ruleName),
      }),
      timeoutMs: deps.timeoutMs,
    });
  };
