/** Builds and reads the ARNs of load balancers, listeners, rules and target groups; the api names them so everywhere. */
import { type Arn, type Place, parseArn } from "./arn.ts";

export type LoadBalancerArn = Arn<"load-balancer">;
export type ListenerArn = Arn<"listener">;
export type ListenerRuleArn = Arn<"listener-rule">;
export type TargetGroupArn = Arn<"target-group">;

/** The part of a load balancer that ARNs of what belongs to it repeat. */
export interface BalancerName {
  readonly name: string;
  readonly id: string;
}

const elb = ({ accountId, region }: Place, resource: string) =>
  `arn:aws:elasticloadbalancing:${region}:${accountId}:${resource}`;

export const loadBalancerArn = (place: Place, { name, id }: BalancerName) =>
  elb(place, `loadbalancer/app/${name}/${id}`) as LoadBalancerArn;
export const listenerArn = (place: Place, { name, id }: BalancerName, listenerId: string) =>
  elb(place, `listener/app/${name}/${id}/${listenerId}`) as ListenerArn;
export const listenerRuleArn = (
  place: Place,
  { name, id }: BalancerName,
  { listenerId, ruleId }: { readonly listenerId: string; readonly ruleId: string },
) => elb(place, `listener-rule/app/${name}/${id}/${listenerId}/${ruleId}`) as ListenerRuleArn;
export const targetGroupArn = (place: Place, name: string, id: string) =>
  elb(place, `targetgroup/${name}/${id}`) as TargetGroupArn;

export type BalancerResource = "loadbalancer" | "listener" | "listener-rule" | "targetgroup";

export interface BalancerArn {
  readonly place: Place;
  readonly kind: BalancerResource;
  /** Of what the ARN names: its own id, the last part. */
  readonly id: string;
}

/** How many parts follow the kind. */
const PARTS: Readonly<Record<BalancerResource, number>> = {
  loadbalancer: 3,
  listener: 4,
  "listener-rule": 5,
  targetgroup: 2,
};

/** Null when the text is not the ARN of any of them, or of a type of load balancer that there is not. */
export function parseBalancerArn(text: string): BalancerArn | null {
  const arn = parseArn(text);
  if (arn?.service !== "elasticloadbalancing") return null;
  const [kind = "", ...parts] = arn.resource.split("/");
  if (!isKind(kind) || parts.length !== PARTS[kind] || parts.includes("")) return null;
  if (kind !== "targetgroup" && parts[0] !== "app") return null;
  const place = { accountId: arn.accountId, region: arn.region };
  return { place, kind, id: parts.at(-1) ?? "" };
}

const isKind = (text: string): text is BalancerResource => Object.hasOwn(PARTS, text);
