/** events:ListTargetsByRule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html */
import { ListTargetsByRule$, type ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import { listTargets } from "@roadstead/db/event-rules";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { renderTarget } from "./render.ts";
import { authorizeRule, checkBus, existingRule } from "./subject.ts";

export const listTargetsByRule = operation<ListTargetsByRuleCommand>(ListTargetsByRule$, {
  authorize: authorizeRule("ListTargetsByRule"),
  async handle({ input, ctx }) {
    checkBus(ctx, input.EventBusName);
    const rule = await existingRule(ctx.db, ctx, input.Rule);
    const { shown, next } = pageOf(ctx, await listTargets(ctx.db, rule.id), {
      operation: "ListTargetsByRule",
      filter: rule.id,
      input,
      keyOf: ({ targetId }) => targetId,
    });
    return { Targets: shown.map(renderTarget), ...next };
  },
});
