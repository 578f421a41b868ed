/** events:DeleteRule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html */
import { DeleteRule$, type DeleteRuleCommand } from "@aws-sdk/client-eventbridge";
import { listTargets, lockRule, deleteRule as removeRule } from "@roadstead/db/event-rules";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { authorizeRule, checkBus } from "./subject.ts";

export const deleteRule = operation<DeleteRuleCommand>(DeleteRule$, {
  authorize: authorizeRule("DeleteRule"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      checkBus(ctx, input.EventBusName);
      // As at AWS, what is not there is deleted.
      const row = await lockRule(tx, ctx.scope.id, input.Name ?? "");
      if (!row) return {};
      if ((await listTargets(tx, row.id)).length > 0) {
        throw eventErrors.validation("Rule can't be deleted since it has targets.");
      }
      await removeRule(tx, row.id);
      return {};
    }),
});
