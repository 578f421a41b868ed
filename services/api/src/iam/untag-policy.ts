/** iam:UntagPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html */
import { UntagPolicy$, type UntagPolicyCommand } from "@aws-sdk/client-iam";
import { setPolicyTags } from "@roadstead/db/managed-policies";
import { operation } from "../operation.ts";
import { authorizePolicy, heldPolicy } from "./policy-subject.ts";
import { withoutTags } from "./tags.ts";

export const untagPolicy = operation<UntagPolicyCommand>(UntagPolicy$, {
  authorize: authorizePolicy("iam:UntagPolicy"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { policyId, tags } = await heldPolicy(tx, ctx, input.PolicyArn);
      await setPolicyTags(tx, policyId, withoutTags(tags, input.TagKeys));
      return {};
    }),
});
