/** events:DisableRule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html */
import { DisableRule$, type DisableRuleCommand } from "@aws-sdk/client-eventbridge";
import { setRuleState } from "@roadstead/db/event-rules";
import { operation } from "../operation.ts";
import { authorizeRule, checkBus, heldRule } from "./subject.ts";

export const disableRule = operation<DisableRuleCommand>(DisableRule$, {
  authorize: authorizeRule("DisableRule"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      checkBus(ctx, input.EventBusName);
      const row = await heldRule(tx, ctx, input.Name);
      await setRuleState(tx, row.id, "DISABLED");
      return {};
    }),
});
