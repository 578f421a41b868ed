/** application-autoscaling:DeregisterScalableTarget. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html */
import {
  DeregisterScalableTarget$,
  type DeregisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { deleteTarget } from "@roadstead/db/scalable-targets";
import { endActivities } from "@roadstead/db/scaling-activities";
import { deletePolicies, policiesOfTarget } from "@roadstead/db/scaling-policies";
import { operation } from "../operation.ts";
import { authorizeTarget, heldTarget } from "./subject.ts";

export const deregisterScalableTarget = operation<DeregisterScalableTargetCommand>(
  DeregisterScalableTarget$,
  {
    authorize: authorizeTarget("DeregisterScalableTarget"),
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        const target = await heldTarget(tx, ctx, input);
        await deletePolicies(tx, ctx.scope.id, await policiesOfTarget(tx, target.id));
        await endActivities(tx, target.id, "Overridden", "The scalable target was deregistered.");
        await deleteTarget(tx, target.id);
        return {};
      }),
  },
);
