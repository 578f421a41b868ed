/** elasticloadbalancing:DescribeRules. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html */
import { DescribeRules$, type DescribeRulesCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { loadGroupArns } from "./forwarding.ts";
import { loadElbPage } from "./page.ts";
import { renderRule } from "./render.ts";
import { actionsOf, placeOf, selectRules } from "./rules.ts";

export const describeRules = operation<DescribeRulesCommand>(DescribeRules$, {
  authorize: describing("DescribeRules"),
  async handle({ input, ctx }) {
    const selected = await ctx.db.read((tx) => selectRules(tx, ctx, input));
    const { rows, NextMarker } = await loadElbPage({
      ctx,
      operation: "DescribeRules",
      filter: [input.ListenerArn, input.RuleArns],
      input,
      load: async (after, limit) => selected.filter((rule) => placeOf(rule) > after).slice(0, limit),
      keyOf: placeOf,
    });
    const groups = await loadGroupArns(ctx.db, ctx, rows.flatMap(actionsOf));
    return { Rules: rows.map(({ listener, rule }) => renderRule(ctx, listener, rule, groups)), NextMarker };
  },
});
