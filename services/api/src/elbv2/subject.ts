/**
 * Which load balancer, listener, rule or target group a request is about: found by ARN, and held while it is changed. The
 * whole ARN counts, not only the id in it, because the permission that was asked for is one on that ARN.
 */
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { type ListenerRuleRow, listListenerRules } from "@roadstead/db/listener-rules";
import { findListener, type ListenerRow, listListeners } from "@roadstead/db/listeners";
import { findLoadBalancer, type LoadBalancerRow, lockLoadBalancer } from "@roadstead/db/load-balancers";
import { findTargetGroup, lockTargetGroups, type TargetGroupRow } from "@roadstead/db/target-groups";
import {
  type BalancerResource,
  listenerRuleArn,
  loadBalancerArn,
  parseBalancerArn,
  targetGroupArn,
} from "@roadstead/model/balancer-arn";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";
import { arnOfListener, balancerOf } from "./render.ts";

type Reader = Pick<ReadTx, "query">;
type Arn = string | undefined;

const NAMES: Readonly<Record<BalancerResource, string>> = {
  loadbalancer: "load balancer",
  listener: "listener",
  "listener-rule": "listener rule",
  targetgroup: "target group",
};

/** The id in the ARN, or null when it is of another account or region. Anything but such an ARN is refused. */
export function idOf(ctx: ApiContext, kind: BalancerResource, text: Arn): string | null {
  const arn = parseBalancerArn(text ?? "");
  if (arn?.kind !== kind) throw elbErrors.validation(`'${text ?? ""}' is not a valid ${NAMES[kind]} ARN`);
  const { accountId, region } = arn.place;
  return accountId === ctx.scope.accountId && region === ctx.scope.region ? arn.id : null;
}

const isLoadBalancer = (ctx: ApiContext, row: LoadBalancerRow, arn: Arn): boolean =>
  loadBalancerArn(ctx.scope, row) === arn;
const isTargetGroup = (ctx: ApiContext, { name, id }: TargetGroupRow, arn: Arn): boolean =>
  targetGroupArn(ctx.scope, name, id) === arn;
const isListener = (ctx: ApiContext, row: ListenerRow, arn: Arn): boolean => arnOfListener(ctx, row) === arn;

/** Null when there is none. */
export async function findLoadBalancerByArn(
  tx: Reader,
  ctx: ApiContext,
  arn: Arn,
): Promise<LoadBalancerRow | null> {
  const id = idOf(ctx, "loadbalancer", arn);
  const row = id === null ? null : await findLoadBalancer(tx, ctx.scope.id, id);
  return row && isLoadBalancer(ctx, row, arn) ? row : null;
}

export async function existingLoadBalancer(tx: Reader, ctx: ApiContext, arn: Arn): Promise<LoadBalancerRow> {
  const row = await findLoadBalancerByArn(tx, ctx, arn);
  if (!row) throw elbErrors.loadBalancerNotFound([arn ?? ""]);
  return row;
}

/** Held until the transaction ends; null when there is none. */
export async function lockLoadBalancerByArn(
  tx: WriteTx,
  ctx: ApiContext,
  arn: Arn,
): Promise<LoadBalancerRow | null> {
  const id = idOf(ctx, "loadbalancer", arn);
  const row = id === null ? null : await lockLoadBalancer(tx, ctx.scope.id, id);
  return row && isLoadBalancer(ctx, row, arn) ? row : null;
}

export async function heldLoadBalancer(tx: WriteTx, ctx: ApiContext, arn: Arn): Promise<LoadBalancerRow> {
  const row = await lockLoadBalancerByArn(tx, ctx, arn);
  if (!row) throw elbErrors.loadBalancerNotFound([arn ?? ""]);
  return row;
}

/** Null when there is none. */
export async function findTargetGroupByArn(
  tx: Reader,
  ctx: ApiContext,
  arn: Arn,
): Promise<TargetGroupRow | null> {
  const id = idOf(ctx, "targetgroup", arn);
  const row = id === null ? null : await findTargetGroup(tx, ctx.scope.id, id);
  return row && isTargetGroup(ctx, row, arn) ? row : null;
}

export async function existingTargetGroup(tx: Reader, ctx: ApiContext, arn: Arn): Promise<TargetGroupRow> {
  const row = await findTargetGroupByArn(tx, ctx, arn);
  if (!row) throw elbErrors.targetGroupNotFound();
  return row;
}

/** Held until the transaction ends; null when there is none. */
export async function lockTargetGroupByArn(
  tx: WriteTx,
  ctx: ApiContext,
  arn: Arn,
): Promise<TargetGroupRow | null> {
  const id = idOf(ctx, "targetgroup", arn);
  const [row] = id === null ? [] : await lockTargetGroups(tx, ctx.scope.id, [id]);
  return row && isTargetGroup(ctx, row, arn) ? row : null;
}

export async function heldTargetGroup(tx: WriteTx, ctx: ApiContext, arn: Arn): Promise<TargetGroupRow> {
  const row = await lockTargetGroupByArn(tx, ctx, arn);
  if (!row) throw elbErrors.targetGroupNotFound();
  return row;
}

/** Null when there is none. */
export async function findListenerByArn(tx: Reader, ctx: ApiContext, arn: Arn): Promise<ListenerRow | null> {
  const id = idOf(ctx, "listener", arn);
  const row = id === null ? null : await findListener(tx, ctx.scope.id, id);
  return row && isListener(ctx, row, arn) ? row : null;
}

export async function existingListener(tx: Reader, ctx: ApiContext, arn: Arn): Promise<ListenerRow> {
  const row = await findListenerByArn(tx, ctx, arn);
  if (!row) throw elbErrors.listenerNotFound();
  return row;
}

export interface HeldListener {
  readonly loadBalancer: LoadBalancerRow;
  readonly listener: ListenerRow;
}

/** With its load balancer, which is what is held: whoever changes something below one takes turns. */
export async function heldListener(tx: WriteTx, ctx: ApiContext, arn: Arn): Promise<HeldListener> {
  const seen = await existingListener(tx, ctx, arn);
  const loadBalancer = await lockLoadBalancer(tx, ctx.scope.id, seen.loadBalancerId);
  const listener = await findListener(tx, ctx.scope.id, seen.id);
  if (!loadBalancer || !listener) throw elbErrors.listenerNotFound();
  return { loadBalancer, listener };
}

export interface HeldRule extends HeldListener {
  /** Null for the default rule, which is part of the listener. */
  readonly rule: ListenerRuleRow | null;
}

type FoundRule = Omit<HeldRule, "loadBalancer">;

/** Null when there is none. */
export async function findRuleByArn(tx: Reader, ctx: ApiContext, arn: Arn): Promise<FoundRule | null> {
  const ruleId = idOf(ctx, "listener-rule", arn);
  const found = ruleId === null ? null : await findRule(tx, ctx, ruleId);
  if (ruleId === null || found === null) return null;
  const { listener } = found;
  const whole = listenerRuleArn(ctx.scope, balancerOf(listener), { listenerId: listener.id, ruleId });
  return whole === arn ? found : null;
}

async function findRule(tx: Reader, ctx: ApiContext, id: string): Promise<FoundRule | null> {
  const [rule] = await listListenerRules(tx, { scopeId: ctx.scope.id, ids: [id] });
  if (rule) {
    const listener = await findListener(tx, ctx.scope.id, rule.listenerId);
    return listener && { listener, rule };
  }
  const [listener] = await listListeners(
    tx,
    { scopeId: ctx.scope.id, defaultRuleId: id },
    { afterId: "", limit: 1 },
  );
  return listener ? { listener, rule: null } : null;
}

export async function heldRule(tx: WriteTx, ctx: ApiContext, arn: Arn): Promise<HeldRule> {
  const seen = await findRuleByArn(tx, ctx, arn);
  if (!seen) throw elbErrors.ruleNotFound();
  const loadBalancer = await lockLoadBalancer(tx, ctx.scope.id, seen.listener.loadBalancerId);
  const now = await findRuleByArn(tx, ctx, arn);
  if (!loadBalancer || !now) throw elbErrors.ruleNotFound();
  return { loadBalancer, ...now };
}
