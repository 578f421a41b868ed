/** elasticloadbalancing:DescribeTargetHealth. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html */
import {
  DescribeTargetHealth$,
  type DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { listTargets } from "@roadstead/db/targets";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { existingTargetGroup } from "./subject.ts";
import { keyOf, readTargets, renderHealth, renderUnregistered } from "./targets.ts";

export const describeTargetHealth = operation<DescribeTargetHealthCommand>(DescribeTargetHealth$, {
  authorize: describing("DescribeTargetHealth"),
  handle: ({ input, ctx }) =>
    ctx.db.read(async (tx) => {
      const group = await existingTargetGroup(tx, ctx, input.TargetGroupArn);
      const rows = await listTargets(tx, group.id);
      if (!input.Targets?.length) {
        return { TargetHealthDescriptions: rows.map((row) => renderHealth(group, row)) };
      }
      const byKey = new Map(rows.map((row) => [keyOf(row), row]));
      const asked = readTargets(group, input.Targets);
      return {
        TargetHealthDescriptions: asked.map((target) => {
          const row = byKey.get(keyOf(target));
          return row ? renderHealth(group, row) : renderUnregistered(group, target);
        }),
      };
    }),
});
