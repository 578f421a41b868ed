/** elasticloadbalancing:DescribeListenerAttributes. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerAttributes.html */
import {
  DescribeListenerAttributes$,
  type DescribeListenerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { listenerAttributes, renderAttributes } from "./attributes.ts";
import { describing } from "./authorize.ts";
import { existingListener } from "./subject.ts";

export const describeListenerAttributes = operation<DescribeListenerAttributesCommand>(
  DescribeListenerAttributes$,
  {
    authorize: describing("DescribeListenerAttributes"),
    async handle({ input, ctx }) {
      const { attributes } = await existingListener(ctx.db, ctx, input.ListenerArn);
      return { Attributes: renderAttributes(listenerAttributes, attributes) };
    },
  },
);
