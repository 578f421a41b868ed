/** elasticloadbalancing:ModifyRule. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html */
import { ModifyRule$, type ModifyRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateListenerRule } from "@roadstead/db/listener-rules";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadGroupArns, readBalancerActions } from "./forwarding.ts";
import { readConditions } from "./read-conditions.ts";
import { renderRule } from "./render.ts";
import { heldRule } from "./subject.ts";

export const modifyRule = operation<ModifyRuleCommand>(ModifyRule$, {
  authorize: ({ input, ctx }) => onResource(ctx, "ModifyRule", input.RuleArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { loadBalancer, listener, rule } = await heldRule(tx, ctx, input.RuleArn);
      if (!rule) throw elbErrors.notPermitted(`Default rule '${input.RuleArn}' cannot be modified`);
      if (input.Transforms?.length) throw elbErrors.unsupported("Transforms of rules are not supported");
      const conditions = input.Conditions?.length ? readConditions(input.Conditions) : rule.conditions;
      const actions = input.Actions?.length
        ? await readBalancerActions(tx, ctx, loadBalancer, input.Actions)
        : rule.actions;
      const changed = { ...rule, conditions, actions };
      await updateListenerRule(tx, changed);
      return { Rules: [renderRule(ctx, listener, changed, await loadGroupArns(tx, ctx, actions))] };
    }),
});
