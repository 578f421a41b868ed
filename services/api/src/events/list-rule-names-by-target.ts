/** events:ListRuleNamesByTarget. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html */
import { ListRuleNamesByTarget$, type ListRuleNamesByTargetCommand } from "@aws-sdk/client-eventbridge";
import { listRules } from "@roadstead/db/event-rules";
import { ruleArn } from "@roadstead/model/event-arn";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { checkBus } from "./subject.ts";

export const listRuleNamesByTarget = operation<ListRuleNamesByTargetCommand>(ListRuleNamesByTarget$, {
  authorize: ({ ctx }) => ({ action: "events:ListRuleNamesByTarget", resource: ruleArn(ctx.scope, "*") }),
  async handle({ input, ctx }) {
    checkBus(ctx, input.EventBusName);
    const targetArn = input.TargetArn ?? "";
    const rows = await listRules(ctx.db, { scopeId: ctx.scope.id, prefix: "", targetArn });
    const { shown, next } = pageOf(ctx, rows, {
      operation: "ListRuleNamesByTarget",
      filter: targetArn,
      input,
      keyOf: ({ name }) => name,
    });
    return { RuleNames: shown.map(({ name }) => name), ...next };
  },
});
