/** elasticloadbalancing:ModifyTargetGroup. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html */
import { ModifyTargetGroup$, type ModifyTargetGroupCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateTargetGroup } from "@roadstead/db/target-groups";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { readHealthCheck } from "./health-check.ts";
import { renderTargetGroup } from "./render.ts";
import { heldTargetGroup } from "./subject.ts";

export const modifyTargetGroup = operation<ModifyTargetGroupCommand>(ModifyTargetGroup$, {
  authorize: ({ input, ctx }) => onResource(ctx, "ModifyTargetGroup", input.TargetGroupArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const row = await heldTargetGroup(tx, ctx, input.TargetGroupArn);
      const changed = { ...row, healthCheck: readHealthCheck(input, row.healthCheck) };
      await updateTargetGroup(tx, changed);
      return { TargetGroups: [renderTargetGroup(ctx, changed)] };
    }),
});
