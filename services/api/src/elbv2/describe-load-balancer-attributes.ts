/** elasticloadbalancing:DescribeLoadBalancerAttributes. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancerAttributes.html */
import {
  DescribeLoadBalancerAttributes$,
  type DescribeLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { loadBalancerAttributes, renderAttributes } from "./attributes.ts";
import { describing } from "./authorize.ts";
import { existingLoadBalancer } from "./subject.ts";

export const describeLoadBalancerAttributes = operation<DescribeLoadBalancerAttributesCommand>(
  DescribeLoadBalancerAttributes$,
  {
    authorize: describing("DescribeLoadBalancerAttributes"),
    async handle({ input, ctx }) {
      const { attributes } = await existingLoadBalancer(ctx.db, ctx, input.LoadBalancerArn);
      return { Attributes: renderAttributes(loadBalancerAttributes, attributes) };
    },
  },
);
