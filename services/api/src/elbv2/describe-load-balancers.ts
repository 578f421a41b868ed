/** elasticloadbalancing:DescribeLoadBalancers. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html */
import {
  DescribeLoadBalancers$,
  type DescribeLoadBalancersCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { listLoadBalancers } from "@roadstead/db/load-balancers";
import { loadBalancerArn } from "@roadstead/model/balancer-arn";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadElbPage } from "./page.ts";
import { renderLoadBalancer } from "./render.ts";
import { idsOf, named } from "./selection.ts";

export const describeLoadBalancers = operation<DescribeLoadBalancersCommand>(DescribeLoadBalancers$, {
  authorize: describing("DescribeLoadBalancers"),
  async handle({ input, ctx }) {
    const [arns, names] = [named(input.LoadBalancerArns), named(input.Names)];
    if (arns && names) throw elbErrors.validation("Load balancer names and ARNs cannot both be specified");
    const filter = { scopeId: ctx.scope.id, ids: arns && idsOf(ctx, "loadbalancer", arns), names };
    const { rows, NextMarker } = await loadElbPage({
      ctx,
      operation: "DescribeLoadBalancers",
      filter,
      input,
      load: (afterName, limit) => listLoadBalancers(ctx.db, filter, { afterName, limit }),
      keyOf: ({ name }) => name,
    });
    if (!input.Marker && !NextMarker) {
      const found = new Set(rows.flatMap((row) => [row.name, loadBalancerArn(ctx.scope, row)]));
      const missing = [...(arns ?? []), ...(names ?? [])].filter((text) => !found.has(text));
      if (missing.length > 0) throw elbErrors.loadBalancerNotFound(missing);
    }
    return { LoadBalancers: rows.map((row) => renderLoadBalancer(ctx, row)), NextMarker };
  },
});
