/** iam:DeletePolicyVersion. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html */
import { DeletePolicyVersion$, type DeletePolicyVersionCommand } from "@aws-sdk/client-iam";
import { deletePolicyVersion as deleteVersion, listPolicyVersions } from "@roadstead/db/managed-policies";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizePolicy, heldPolicy, versionNumber } from "./policy-subject.ts";

export const deletePolicyVersion = operation<DeletePolicyVersionCommand>(DeletePolicyVersion$, {
  authorize: authorizePolicy("iam:DeletePolicyVersion"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { policyId, arn } = await heldPolicy(tx, ctx, input.PolicyArn);
      const wanted = versionNumber(input.VersionId);
      const version = (await listPolicyVersions(tx, policyId)).find((row) => row.version === wanted);
      if (!version) throw iamErrors.noSuchVersion(arn, input.VersionId ?? "");
      if (version.isDefault) throw iamErrors.versionIsDefault();
      await deleteVersion(tx, policyId, wanted);
      return {};
    }),
});
