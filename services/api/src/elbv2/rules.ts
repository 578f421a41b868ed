/** Which rules DescribeRules is asked for, in the order in which they are shown. */

import type { ReadTx } from "@roadstead/db/connect";
import { type ListenerRuleRow, listListenerRules } from "@roadstead/db/listener-rules";
import type { ListenerRow } from "@roadstead/db/listeners";
import type { BalancerAction } from "@roadstead/model/balancer-rule";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";
import { named } from "./selection.ts";
import { existingListener, findRuleByArn } from "./subject.ts";

export interface SelectedRule {
  readonly listener: ListenerRow;
  /** Null for the default rule. */
  readonly rule: ListenerRuleRow | null;
}

export async function selectRules(
  tx: ReadTx,
  ctx: ApiContext,
  input: { readonly ListenerArn?: string | undefined; readonly RuleArns?: readonly string[] | undefined },
): Promise<readonly SelectedRule[]> {
  const arns = named(input.RuleArns);
  if ((arns === undefined) === (input.ListenerArn === undefined)) {
    throw elbErrors.validation("You must specify either listener rule ARNs or a listener ARN");
  }
  if (arns === undefined) {
    const listener = await existingListener(tx, ctx, input.ListenerArn);
    const rules = await listListenerRules(tx, { scopeId: ctx.scope.id, listenerId: listener.id });
    return [...rules.map((rule) => ({ listener, rule })), { listener, rule: null }];
  }
  const found = await Promise.all(
    [...new Set(arns)].map(async (arn) => {
      const rule = await findRuleByArn(tx, ctx, arn);
      if (!rule) throw elbErrors.ruleNotFound();
      return rule;
    }),
  );
  return found.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

const PRIORITY_DIGITS = 5;

/** Sorts rules by listener and priority as texts; the default rule is the last. */
export const placeOf = ({ listener, rule }: SelectedRule): string =>
  `${listener.id}/${rule ? String(rule.priority).padStart(PRIORITY_DIGITS, "0") : "default"}`;

export const actionsOf = ({ listener, rule }: SelectedRule): readonly BalancerAction[] =>
  rule?.actions ?? listener.defaultActions;
