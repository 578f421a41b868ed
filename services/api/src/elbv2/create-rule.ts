/** elasticloadbalancing:CreateRule. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html */
import { CreateRule$, type CreateRuleCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { countListenerRules, insertListenerRule, listListenerRules } from "@roadstead/db/listener-rules";
import { loadBalancerArn } from "@roadstead/model/balancer-arn";
import { operation } from "../operation.ts";
import { creating, onNew, onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadGroupArns, readBalancerActions } from "./forwarding.ts";
import { readConditions } from "./read-conditions.ts";
import { renderRule } from "./render.ts";
import { heldListener } from "./subject.ts";
import { readTags } from "./tags.ts";

const RULES_MAX = 100;

export const createRule = operation<CreateRuleCommand>(CreateRule$, {
  async authorize({ input, ctx }) {
    const on = await onResource(ctx, "CreateRule", input.ListenerArn);
    const [, listener = "*"] = (input.ListenerArn ?? "").split("listener/");
    const { resource: made } = onNew(ctx, "AddTags", `listener-rule/${listener}/*`);
    return creating("CreateRule", { on, made, tags: input.Tags });
  },
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { loadBalancer, listener } = await heldListener(tx, ctx, input.ListenerArn);
      if (input.Transforms?.length) throw elbErrors.unsupported("Transforms of rules are not supported");
      const priority = input.Priority ?? 0;
      const conditions = readConditions(input.Conditions);
      const tags = readTags(input.Tags);
      const filter = { scopeId: ctx.scope.id, listenerId: listener.id };
      const present = await listListenerRules(tx, filter);
      if (present.some((rule) => rule.priority === priority)) throw elbErrors.priorityInUse(priority);
      if ((await countListenerRules(tx, loadBalancer.id)) >= RULES_MAX) {
        throw elbErrors.tooManyRules(loadBalancerArn(ctx.scope, loadBalancer), RULES_MAX);
      }
      const actions = await readBalancerActions(tx, ctx, loadBalancer, input.Actions);
      const rule = { listenerId: listener.id, priority, conditions, actions, tags };
      const id = await insertListenerRule(tx, rule);
      const groups = await loadGroupArns(tx, ctx, actions);
      return { Rules: [renderRule(ctx, listener, { id, ...rule }, groups)] };
    }),
});
