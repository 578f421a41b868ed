/** iam:SetDefaultPolicyVersion. https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html */
import { SetDefaultPolicyVersion$, type SetDefaultPolicyVersionCommand } from "@aws-sdk/client-iam";
import { listPolicyVersions, setDefaultVersion } from "@roadstead/db/managed-policies";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizePolicy, heldPolicy, versionNumber } from "./policy-subject.ts";

export const setDefaultPolicyVersion = operation<SetDefaultPolicyVersionCommand>(SetDefaultPolicyVersion$, {
  authorize: authorizePolicy("iam:SetDefaultPolicyVersion"),
  async handle({ input, ctx }) {
    const wanted = versionNumber(input.VersionId);
    await ctx.db.write(async (tx) => {
      const { policyId, arn } = await heldPolicy(tx, ctx, input.PolicyArn);
      const versions = await listPolicyVersions(tx, policyId);
      if (!versions.some(({ version }) => version === wanted)) {
        throw iamErrors.noSuchVersion(arn, input.VersionId ?? "");
      }
      await setDefaultVersion(tx, policyId, wanted);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
