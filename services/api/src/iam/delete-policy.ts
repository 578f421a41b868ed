/** iam:DeletePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html */
import { DeletePolicy$, type DeletePolicyCommand } from "@aws-sdk/client-iam";
import { deleteManagedPolicy, listPolicyVersions } from "@roadstead/db/managed-policies";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { attachmentsOf, authorizePolicy, heldPolicy } from "./policy-subject.ts";

export const deletePolicy = operation<DeletePolicyCommand>(DeletePolicy$, {
  authorize: authorizePolicy("iam:DeletePolicy"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { policyId, arn } = await heldPolicy(tx, ctx, input.PolicyArn);
      if ((await attachmentsOf(tx, ctx, arn)) > 0) throw iamErrors.policyInUse();
      if ((await listPolicyVersions(tx, policyId)).length > 1) throw iamErrors.policyHasVersions();
      await deleteManagedPolicy(tx, policyId);
      return {};
    }),
});
