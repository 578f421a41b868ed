/** iam:TagPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html */
import { TagPolicy$, type TagPolicyCommand } from "@aws-sdk/client-iam";
import { setPolicyTags } from "@roadstead/db/managed-policies";
import { operation } from "../operation.ts";
import { authorizePolicy, heldPolicy } from "./policy-subject.ts";
import { readTags, withTags } from "./tags.ts";

export const tagPolicy = operation<TagPolicyCommand>(TagPolicy$, {
  authorize: authorizePolicy("iam:TagPolicy"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { policyId, tags } = await heldPolicy(tx, ctx, input.PolicyArn);
      await setPolicyTags(tx, policyId, withTags(tags, readTags(input.Tags)));
      return {};
    }),
});
