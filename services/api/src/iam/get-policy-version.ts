/** iam:GetPolicyVersion. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html */
import { GetPolicyVersion$, type GetPolicyVersionCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { percentEncoded } from "./percent-encoded.ts";
import { authorizePolicy, existingPolicy } from "./policy-subject.ts";
import { loadPolicyVersions } from "./policy-versions.ts";

export const getPolicyVersion = operation<GetPolicyVersionCommand>(GetPolicyVersion$, {
  authorize: authorizePolicy("iam:GetPolicyVersion"),
  async handle({ input, ctx }) {
    const found = await existingPolicy(ctx.db, ctx, input.PolicyArn);
    const wanted = input.VersionId ?? "";
    const version = (await loadPolicyVersions(ctx, found)).find(({ name }) => name === wanted);
    if (!version) throw iamErrors.noSuchVersion(found.policy.arn, wanted);
    return {
      PolicyVersion: {
        Document: percentEncoded(version.document),
        VersionId: version.name,
        IsDefaultVersion: version.isDefault,
        CreateDate: version.createdAt,
      },
    };
  },
});
