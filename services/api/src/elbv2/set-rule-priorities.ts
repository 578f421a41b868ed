/** elasticloadbalancing:SetRulePriorities. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html */
import { SetRulePriorities$, type SetRulePrioritiesCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { WriteTx } from "@roadstead/db/connect";
import { listListenerRules, setRulePriorities as setPriorities } from "@roadstead/db/listener-rules";
import type { ListenerRow } from "@roadstead/db/listeners";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadGroupArns } from "./forwarding.ts";
import { renderRule } from "./render.ts";
import { heldRule } from "./subject.ts";

type Given = SetRulePrioritiesCommand["input"]["RulePriorities"];

export const setRulePriorities = operation<SetRulePrioritiesCommand>(SetRulePriorities$, {
  authorize: ({ input, ctx }) =>
    Promise.all(
      (input.RulePriorities ?? []).map(({ RuleArn }) => onResource(ctx, "SetRulePriorities", RuleArn)),
    ),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { listener, wanted } = await readPriorities(tx, ctx, input.RulePriorities);
      const present = await listListenerRules(tx, { scopeId: ctx.scope.id, listenerId: listener.id });
      const rules = present.map((rule) => ({ ...rule, priority: wanted.get(rule.id) ?? rule.priority }));
      const taken = rules.map(({ priority }) => priority);
      const twice = taken.find((priority, index) => taken.indexOf(priority) !== index);
      if (twice !== undefined) throw elbErrors.priorityInUse(twice);
      const changed = rules.filter(({ id }) => wanted.has(id));
      await setPriorities(tx, changed);
      const groups = await loadGroupArns(
        tx,
        ctx,
        changed.flatMap(({ actions }) => actions),
      );
      return { Rules: changed.map((rule) => renderRule(ctx, listener, rule, groups)) };
    }),
});

/** Priorities by rule, all of one listener, which is held. */
async function readPriorities(
  tx: WriteTx,
  ctx: ApiContext,
  given: Given,
): Promise<{ readonly listener: ListenerRow; readonly wanted: ReadonlyMap<string, number> }> {
  const [first] = given ?? [];
  if (!first) throw elbErrors.validation("A rule priority must be specified");
  const { listener } = await heldRule(tx, ctx, first.RuleArn);
  const wanted = new Map<string, number>();
  for (const { RuleArn, Priority } of given ?? []) {
    const { rule } = await heldRule(tx, ctx, RuleArn);
    if (!rule) throw elbErrors.notPermitted(`The priority of default rule '${RuleArn}' cannot be set`);
    if (rule.listenerId !== listener.id) {
      throw elbErrors.validation("All rules must belong to the same listener");
    }
    if (Priority === undefined) throw elbErrors.validation("A priority must be specified for each rule");
    wanted.set(rule.id, Priority);
  }
  return { listener, wanted };
}
