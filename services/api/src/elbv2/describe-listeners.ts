/** elasticloadbalancing:DescribeListeners. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html */
import { DescribeListeners$, type DescribeListenersCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { listListeners } from "@roadstead/db/listeners";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadGroupArns } from "./forwarding.ts";
import { loadElbPage } from "./page.ts";
import { arnOfListener, renderListener } from "./render.ts";
import { idsOf, named } from "./selection.ts";
import { existingLoadBalancer } from "./subject.ts";

export const describeListeners = operation<DescribeListenersCommand>(DescribeListeners$, {
  authorize: describing("DescribeListeners"),
  async handle({ input, ctx }) {
    const arns = named(input.ListenerArns);
    if ((arns === undefined) === (input.LoadBalancerArn === undefined)) {
      throw elbErrors.validation("You must specify either listener ARNs or a load balancer ARN");
    }
    const balancer = arns ? undefined : await existingLoadBalancer(ctx.db, ctx, input.LoadBalancerArn);
    const filter = {
      scopeId: ctx.scope.id,
      ids: arns && idsOf(ctx, "listener", arns),
      loadBalancerId: balancer?.id,
    };
    const { rows, NextMarker } = await loadElbPage({
      ctx,
      operation: "DescribeListeners",
      filter,
      input,
      load: (afterId, limit) => listListeners(ctx.db, filter, { afterId, limit }),
      keyOf: ({ id }) => id,
    });
    if (!input.Marker && !NextMarker) {
      const found = new Set<string>(rows.map((row) => arnOfListener(ctx, row)));
      if (arns?.some((arn) => !found.has(arn))) throw elbErrors.listenerNotFound();
    }
    const groups = await loadGroupArns(
      ctx.db,
      ctx,
      rows.flatMap(({ defaultActions }) => defaultActions),
    );
    return { Listeners: rows.map((row) => renderListener(ctx, row, groups)), NextMarker };
  },
});
