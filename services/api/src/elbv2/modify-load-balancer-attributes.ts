/** elasticloadbalancing:ModifyLoadBalancerAttributes. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html */
import {
  ModifyLoadBalancerAttributes$,
  type ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateLoadBalancer } from "@roadstead/db/load-balancers";
import { operation } from "../operation.ts";
import { loadBalancerAttributes, renderAttributes, withAttributes } from "./attributes.ts";
import { onResource } from "./authorize.ts";
import { heldLoadBalancer } from "./subject.ts";

export const modifyLoadBalancerAttributes = operation<ModifyLoadBalancerAttributesCommand>(
  ModifyLoadBalancerAttributes$,
  {
    authorize: ({ input, ctx }) => onResource(ctx, "ModifyLoadBalancerAttributes", input.LoadBalancerArn),
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        const row = await heldLoadBalancer(tx, ctx, input.LoadBalancerArn);
        const attributes = withAttributes(loadBalancerAttributes, row.attributes, input.Attributes);
        await updateLoadBalancer(tx, { ...row, attributes });
        return { Attributes: renderAttributes(loadBalancerAttributes, attributes) };
      }),
  },
);
