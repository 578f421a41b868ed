/** events:DescribeEventBus. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html */
import { DescribeEventBus$, type DescribeEventBusCommand } from "@aws-sdk/client-eventbridge";
import { eventBusArn } from "@roadstead/model/event-arn";
import { operation } from "../operation.ts";
import { checkBus, DEFAULT_BUS } from "./subject.ts";

export const describeEventBus = operation<DescribeEventBusCommand>(DescribeEventBus$, {
  authorize: ({ input, ctx }) => ({
    action: "events:DescribeEventBus",
    resource: eventBusArn(ctx.scope, input.Name ?? DEFAULT_BUS),
  }),
  async handle({ input, ctx }) {
    checkBus(ctx, input.Name);
    return { Name: DEFAULT_BUS, Arn: eventBusArn(ctx.scope, DEFAULT_BUS) };
  },
});
