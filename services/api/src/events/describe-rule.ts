/** events:DescribeRule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
import { DescribeRule$, type DescribeRuleCommand } from "@aws-sdk/client-eventbridge";
import { operation } from "../operation.ts";
import { renderRule } from "./render.ts";
import { authorizeRule, checkBus, existingRule } from "./subject.ts";

export const describeRule = operation<DescribeRuleCommand>(DescribeRule$, {
  authorize: authorizeRule("DescribeRule"),
  async handle({ input, ctx }) {
    checkBus(ctx, input.EventBusName);
    const row = await existingRule(ctx.db, ctx, input.Name);
    return { ...renderRule(ctx.scope, row), CreatedBy: ctx.scope.accountId };
  },
});
