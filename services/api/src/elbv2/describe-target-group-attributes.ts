/** elasticloadbalancing:DescribeTargetGroupAttributes. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroupAttributes.html */
import {
  DescribeTargetGroupAttributes$,
  type DescribeTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { renderAttributes, targetGroupAttributes } from "./attributes.ts";
import { describing } from "./authorize.ts";
import { existingTargetGroup } from "./subject.ts";

export const describeTargetGroupAttributes = operation<DescribeTargetGroupAttributesCommand>(
  DescribeTargetGroupAttributes$,
  {
    authorize: describing("DescribeTargetGroupAttributes"),
    async handle({ input, ctx }) {
      const { attributes } = await existingTargetGroup(ctx.db, ctx, input.TargetGroupArn);
      return { Attributes: renderAttributes(targetGroupAttributes, attributes) };
    },
  },
);
