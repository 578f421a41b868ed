/** elasticloadbalancing:DeleteRule. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteRule.html */
import { DeleteRule$, type DeleteRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { deleteListenerRule } from "@roadstead/db/listener-rules";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { heldRule } from "./subject.ts";

export const deleteRule = operation<DeleteRuleCommand>(DeleteRule$, {
  authorize: ({ input, ctx }) => onResource(ctx, "DeleteRule", input.RuleArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { rule } = await heldRule(tx, ctx, input.RuleArn);
      if (!rule) throw elbErrors.notPermitted(`Default rule '${input.RuleArn}' cannot be deleted`);
      await deleteListenerRule(tx, rule.id);
      return {};
    }),
});
