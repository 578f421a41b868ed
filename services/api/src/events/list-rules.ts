/** events:ListRules. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html */
import { ListRules$, type ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { listRules as rulesOf } from "@roadstead/db/event-rules";
import { ruleArn } from "@roadstead/model/event-arn";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { renderRule } from "./render.ts";
import { checkBus } from "./subject.ts";

export const listRules = operation<ListRulesCommand>(ListRules$, {
  authorize: ({ ctx }) => ({ action: "events:ListRules", resource: ruleArn(ctx.scope, "*") }),
  async handle({ input, ctx }) {
    checkBus(ctx, input.EventBusName);
    const prefix = input.NamePrefix ?? "";
    const rows = await rulesOf(ctx.db, { scopeId: ctx.scope.id, prefix, targetArn: null });
    const page = {
      operation: "ListRules",
      filter: prefix,
      input,
      keyOf: ({ name }: { name: string }) => name,
    };
    const { shown, next } = pageOf(ctx, rows, page);
    return { Rules: shown.map((row) => renderRule(ctx.scope, row)), ...next };
  },
});
