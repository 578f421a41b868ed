/** elasticloadbalancing:ModifyTargetGroupAttributes. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroupAttributes.html */
import {
  ModifyTargetGroupAttributes$,
  type ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateTargetGroup } from "@roadstead/db/target-groups";
import { operation } from "../operation.ts";
import { renderAttributes, targetGroupAttributes, withTargetGroupAttributes } from "./attributes.ts";
import { onResource } from "./authorize.ts";
import { heldTargetGroup } from "./subject.ts";

export const modifyTargetGroupAttributes = operation<ModifyTargetGroupAttributesCommand>(
  ModifyTargetGroupAttributes$,
  {
    authorize: ({ input, ctx }) => onResource(ctx, "ModifyTargetGroupAttributes", input.TargetGroupArn),
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        const row = await heldTargetGroup(tx, ctx, input.TargetGroupArn);
        const attributes = withTargetGroupAttributes(row.attributes, input.Attributes);
        await updateTargetGroup(tx, { ...row, attributes });
        return { Attributes: renderAttributes(targetGroupAttributes, attributes) };
      }),
  },
);
