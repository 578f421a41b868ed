/** elasticloadbalancing:DeregisterTargets. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html */
import { DeregisterTargets$, type DeregisterTargetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { deregisterTargets as deregisterRows } from "@roadstead/db/targets";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { heldTargetGroup } from "./subject.ts";
import { readTargets } from "./targets.ts";

export const deregisterTargets = operation<DeregisterTargetsCommand>(DeregisterTargets$, {
  authorize: ({ input, ctx }) => onResource(ctx, "DeregisterTargets", input.TargetGroupArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const group = await heldTargetGroup(tx, ctx, input.TargetGroupArn);
      const use = { targetGroupId: group.id, isUsed: group.usedBy !== null };
      await deregisterRows(tx, use, readTargets(group, input.Targets));
      return {};
    }),
});
