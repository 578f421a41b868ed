/** application-autoscaling:DeleteScalingPolicy. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html */
import {
  DeleteScalingPolicy$,
  type DeleteScalingPolicyCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { touchTarget } from "@roadstead/db/scalable-targets";
import { deletePolicies, policiesOfTarget } from "@roadstead/db/scaling-policies";
import { operation } from "../operation.ts";
import { scalingErrors } from "./errors.ts";
import { authorizeTarget, heldTarget } from "./subject.ts";

export const deleteScalingPolicy = operation<DeleteScalingPolicyCommand>(DeleteScalingPolicy$, {
  authorize: authorizeTarget("DeleteScalingPolicy"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { PolicyName = "", ResourceId = "" } = input;
      const target = await heldTarget(tx, ctx, input);
      const policy = (await policiesOfTarget(tx, target.id)).find(({ name }) => name === PolicyName);
      if (!policy) throw scalingErrors.noPolicy(PolicyName, ResourceId);
      await deletePolicies(tx, ctx.scope.id, [policy]);
      await touchTarget(tx, target.id);
      return {};
    }),
});
