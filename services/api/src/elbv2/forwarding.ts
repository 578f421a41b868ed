/** The target groups that actions send requests to: checked when actions are given, named by ARN when they are shown. */
import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ReadTx, WriteTx } from "@roadstead/db/connect";
import type { LoadBalancerRow } from "@roadstead/db/load-balancers";
import { listTargetGroups, lockTargetGroups } from "@roadstead/db/target-groups";
import { targetGroupArn } from "@roadstead/model/balancer-arn";
import { type BalancerAction, forwardedGroups } from "@roadstead/model/balancer-rule";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";
import { readActions } from "./read-actions.ts";
import type { GroupArns } from "./render.ts";
import { idOf } from "./subject.ts";

/** Actions as rows keep them. The caller holds the load balancer; the groups are held from now on. */
export async function readBalancerActions(
  tx: WriteTx,
  ctx: ApiContext,
  loadBalancer: LoadBalancerRow,
  given: readonly Action[] | undefined,
): Promise<readonly BalancerAction[]> {
  const named = new Set<string>();
  const actions = readActions(given, (arn) => {
    const id = idOf(ctx, "targetgroup", arn);
    if (id === null) throw elbErrors.targetGroupNotFound();
    named.add(arn);
    return id;
  });
  const wanted = forwardedGroups(actions);
  if (wanted.length === 0) return actions;
  const groups = await lockTargetGroups(tx, ctx.scope.id, wanted);
  const arnOf = ({ name, id }: (typeof groups)[number]): string => targetGroupArn(ctx.scope, name, id);
  const known = new Set(groups.map(arnOf));
  if ([...named].some((arn) => !known.has(arn))) throw elbErrors.targetGroupNotFound();
  const taken = groups.filter(({ usedBy }) => usedBy !== null && usedBy.id !== loadBalancer.id);
  if (taken.length > 0) throw elbErrors.targetGroupOfOther(taken.map(arnOf));
  const elsewhere = groups.filter(({ vpcId }) => vpcId !== loadBalancer.vpcId);
  if (elsewhere.length > 0) {
    throw elbErrors.invalidConfiguration(
      `The following target groups are not in the VPC of the load balancer: ${elsewhere.map(arnOf).join(", ")}`,
    );
  }
  return actions;
}

/** The ARNs of every group that some actions name. */
export async function loadGroupArns(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  actions: readonly BalancerAction[],
): Promise<GroupArns> {
  const ids = forwardedGroups(actions);
  if (ids.length === 0) return new Map();
  const groups = await listTargetGroups(
    tx,
    { scopeId: ctx.scope.id, ids },
    { afterName: "", limit: ids.length },
  );
  return new Map(groups.map(({ id, name }) => [id, targetGroupArn(ctx.scope, name, id)]));
}
