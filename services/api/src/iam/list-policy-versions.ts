/** iam:ListPolicyVersions. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html */
import { ListPolicyVersions$, type ListPolicyVersionsCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { authorizePolicy, existingPolicy } from "./policy-subject.ts";
import { loadPolicyVersions } from "./policy-versions.ts";

export const listPolicyVersions = operation<ListPolicyVersionsCommand>(ListPolicyVersions$, {
  authorize: authorizePolicy("iam:ListPolicyVersions"),
  async handle({ input, ctx }) {
    // There are five at most: they are one page whatever its size.
    const versions = await loadPolicyVersions(ctx, await existingPolicy(ctx.db, ctx, input.PolicyArn));
    return {
      Versions: versions.map(({ name, isDefault, createdAt }) => ({
        VersionId: name,
        IsDefaultVersion: isDefault,
        CreateDate: createdAt,
      })),
      IsTruncated: false,
    };
  },
});
