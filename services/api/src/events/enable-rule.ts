/** events:EnableRule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html */
import { EnableRule$, type EnableRuleCommand } from "@aws-sdk/client-eventbridge";
import { setRuleState } from "@roadstead/db/event-rules";
import { operation } from "../operation.ts";
import { authorizeRule, checkBus, heldRule } from "./subject.ts";

export const enableRule = operation<EnableRuleCommand>(EnableRule$, {
  authorize: authorizeRule("EnableRule"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      checkBus(ctx, input.EventBusName);
      const row = await heldRule(tx, ctx, input.Name);
      await setRuleState(tx, row.id, "ENABLED");
      return {};
    }),
});
