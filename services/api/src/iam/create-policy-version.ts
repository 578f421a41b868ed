/** iam:CreatePolicyVersion. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html */
import { CreatePolicyVersion$, type CreatePolicyVersionCommand } from "@aws-sdk/client-iam";
import { insertPolicyVersion, listPolicyVersions, setDefaultVersion } from "@roadstead/db/managed-policies";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { checkedManagedPolicy } from "./managed-document.ts";
import { authorizePolicy, heldPolicy, versionName } from "./policy-subject.ts";

const VERSIONS_MAX = 5;

export const createPolicyVersion = operation<CreatePolicyVersionCommand>(CreatePolicyVersion$, {
  authorize: authorizePolicy("iam:CreatePolicyVersion"),
  async handle({ input, ctx }) {
    const document = checkedManagedPolicy(input.PolicyDocument);
    const isDefault = input.SetAsDefault ?? false;
    const created = await ctx.db.write(async (tx) => {
      const policy = await heldPolicy(tx, ctx, input.PolicyArn);
      if ((await listPolicyVersions(tx, policy.policyId)).length >= VERSIONS_MAX) {
        throw iamErrors.tooManyVersions(VERSIONS_MAX);
      }
      const version = await insertPolicyVersion(tx, policy, document);
      if (isDefault) await setDefaultVersion(tx, policy.policyId, version);
      return (await listPolicyVersions(tx, policy.policyId)).find((row) => row.version === version);
    });
    if (isDefault) ctx.forgetAllKeys();
    return {
      PolicyVersion: {
        VersionId: versionName(created?.version ?? 0),
        IsDefaultVersion: isDefault,
        CreateDate: created?.createdAt,
      },
    };
  },
});
