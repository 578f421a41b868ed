/** Builds and reads the ARNs of EventBridge; the api names rules, targets and what they call with them. */
import { type Arn, type Place, parseArn } from "./arn.ts";

export type RuleArn = Arn<"rule">;
export type EventBusArn = Arn<"event-bus">;
export type ConnectionArn = Arn<"connection">;
export type ApiDestinationArn = Arn<"api-destination">;

const events = ({ accountId, region }: Place, resource: string) =>
  `arn:aws:events:${region}:${accountId}:${resource}`;

export const eventBusArn = (place: Place, name: string) => events(place, `event-bus/${name}`) as EventBusArn;
/** Of a rule of the default bus, whose name its ARN leaves out. */
export const ruleArn = (place: Place, name: string) => events(place, `rule/${name}`) as RuleArn;
export const connectionArn = (place: Place, name: string, id: string) =>
  events(place, `connection/${name}/${id}`) as ConnectionArn;
export const apiDestinationArn = (place: Place, name: string, id: string) =>
  events(place, `api-destination/${name}/${id}`) as ApiDestinationArn;

/** Null when the text is no ARN of that kind. */
export function parseEventArn(
  text: string,
  kind: "connection" | "api-destination",
): { readonly place: Place; readonly name: string; readonly id: string } | null {
  const arn = parseArn(text);
  const [type, name, id, ...rest] = arn?.resource.split("/") ?? [];
  if (arn?.service !== "events" || type !== kind || !name || !id || rest.length > 0) return null;
  return { place: { accountId: arn.accountId, region: arn.region }, name, id };
}

/** The name of a rule of the default bus; null when the text is no ARN of one. */
export function parseRuleArn(text: string): { readonly place: Place; readonly name: string } | null {
  const arn = parseArn(text);
  const [type, name, ...rest] = arn?.resource.split("/") ?? [];
  if (arn?.service !== "events" || type !== "rule" || !name || rest.length > 0) return null;
  return { place: { accountId: arn.accountId, region: arn.region }, name };
}

/** The log group that an ARN names, with or without the `:*` that says "and its streams"; null when it names none. */
export function logGroupOf(text: string): { readonly place: Place; readonly name: string } | null {
  const arn = parseArn(text);
  const name = /^log-group:([^:*]+)(:\*)?$/.exec(arn?.resource ?? "")?.[1];
  if (arn?.service !== "logs" || !name) return null;
  return { place: { accountId: arn.accountId, region: arn.region }, name };
}

/** Account and region of any ARN. */
export function placeOf(text: string): Place {
  const { accountId = "", region = "" } = parseArn(text) ?? {};
  return { accountId, region };
}
