/** Anything with tags, by its ARN: the tags it has and how they are replaced; tag operations and authorisation call this. */
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import { updateListenerRule } from "@roadstead/db/listener-rules";
import { updateListener } from "@roadstead/db/listeners";
import { updateLoadBalancer } from "@roadstead/db/load-balancers";
import { updateTargetGroup } from "@roadstead/db/target-groups";
import { parseBalancerArn } from "@roadstead/model/balancer-arn";
import type { Tag } from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";
import {
  findListenerByArn,
  findLoadBalancerByArn,
  findRuleByArn,
  findTargetGroupByArn,
  heldListener,
  heldLoadBalancer,
  heldRule,
  heldTargetGroup,
} from "./subject.ts";

const kindOf = (arn: string) => {
  const parsed = parseBalancerArn(arn);
  if (!parsed) throw elbErrors.validation(`'${arn}' is not a valid ARN`);
  return parsed;
};

/** Null when there is no such thing in this account and region. */
export async function findTags(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  arn: string,
): Promise<readonly Tag[] | null> {
  switch (kindOf(arn).kind) {
    case "loadbalancer":
      return (await findLoadBalancerByArn(tx, ctx, arn))?.tags ?? null;
    case "targetgroup":
      return (await findTargetGroupByArn(tx, ctx, arn))?.tags ?? null;
    case "listener":
      return (await findListenerByArn(tx, ctx, arn))?.tags ?? null;
    default: {
      const found = await findRuleByArn(tx, ctx, arn);
      return found && (found.rule?.tags ?? []);
    }
  }
}

export const notFound = (arn: string) => {
  switch (kindOf(arn).kind) {
    case "loadbalancer":
      return elbErrors.loadBalancerNotFound([arn]);
    case "targetgroup":
      return elbErrors.targetGroupNotFound();
    case "listener":
      return elbErrors.listenerNotFound();
    default:
      return elbErrors.ruleNotFound();
  }
};

/** Applies `change` to the tags as they are, while nobody else changes them. */
export async function changeTags(
  tx: WriteTx,
  ctx: ApiContext,
  arn: string,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  switch (kindOf(arn).kind) {
    case "loadbalancer": {
      const row = await heldLoadBalancer(tx, ctx, arn);
      return updateLoadBalancer(tx, { ...row, tags: change(row.tags) });
    }
    case "targetgroup": {
      const row = await heldTargetGroup(tx, ctx, arn);
      return updateTargetGroup(tx, { ...row, tags: change(row.tags) });
    }
    case "listener": {
      const { listener } = await heldListener(tx, ctx, arn);
      return updateListener(tx, { ...listener, tags: change(listener.tags) });
    }
    default: {
      const { rule } = await heldRule(tx, ctx, arn);
      if (!rule) throw elbErrors.notPermitted(`Default rule '${arn}' cannot be tagged`);
      return updateListenerRule(tx, { ...rule, tags: change(rule.tags) });
    }
  }
}
