/** elasticloadbalancing:DescribeTargetGroups. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html */
import {
  DescribeTargetGroups$,
  type DescribeTargetGroupsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { listTargetGroups } from "@roadstead/db/target-groups";
import { targetGroupArn } from "@roadstead/model/balancer-arn";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadElbPage } from "./page.ts";
import { renderTargetGroup } from "./render.ts";
import { idsOf, named } from "./selection.ts";
import { existingLoadBalancer } from "./subject.ts";

export const describeTargetGroups = operation<DescribeTargetGroupsCommand>(DescribeTargetGroups$, {
  authorize: describing("DescribeTargetGroups"),
  async handle({ input, ctx }) {
    const [arns, names] = [named(input.TargetGroupArns), named(input.Names)];
    if ([arns, names, input.LoadBalancerArn].filter((given) => given !== undefined).length > 1) {
      throw elbErrors.validation(
        "Target group ARNs, target group names and a load balancer ARN cannot be specified at the same time",
      );
    }
    const balancer =
      input.LoadBalancerArn === undefined
        ? undefined
        : await existingLoadBalancer(ctx.db, ctx, input.LoadBalancerArn);
    const filter = {
      scopeId: ctx.scope.id,
      ids: arns && idsOf(ctx, "targetgroup", arns),
      names,
      loadBalancerId: balancer?.id,
    };
    const { rows, NextMarker } = await loadElbPage({
      ctx,
      operation: "DescribeTargetGroups",
      filter,
      input,
      load: (afterName, limit) => listTargetGroups(ctx.db, filter, { afterName, limit }),
      keyOf: ({ name }) => name,
    });
    if (!input.Marker && !NextMarker) {
      const found = new Set(rows.flatMap(({ name, id }) => [name, targetGroupArn(ctx.scope, name, id)]));
      const missing = [...(arns ?? []), ...(names ?? [])].some((text) => !found.has(text));
      if (missing) throw elbErrors.targetGroupNotFound();
    }
    return { TargetGroups: rows.map((row) => renderTargetGroup(ctx, row)), NextMarker };
  },
});
