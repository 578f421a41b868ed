/** elasticloadbalancing:DeleteTargetGroup. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html */
import { DeleteTargetGroup$, type DeleteTargetGroupCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { deleteTargetGroup as deleteRow } from "@roadstead/db/target-groups";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { lockTargetGroupByArn } from "./subject.ts";

export const deleteTargetGroup = operation<DeleteTargetGroupCommand>(DeleteTargetGroup$, {
  authorize: ({ input, ctx }) => onResource(ctx, "DeleteTargetGroup", input.TargetGroupArn),
  async handle({ input, ctx }) {
    const arn = input.TargetGroupArn ?? "";
    await ctx.db.write(async (tx) => {
      const row = await lockTargetGroupByArn(tx, ctx, arn);
      // One that is gone already is no mistake.
      if (!row) return;
      if (row.usedBy) throw elbErrors.targetGroupInUse(arn);
      await deleteRow(tx, row.id);
    });
    return {};
  },
});
