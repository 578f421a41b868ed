/** iam:ListPolicyTags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html */
import { ListPolicyTags$, type ListPolicyTagsCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { authorizePolicy, existingPolicy } from "./policy-subject.ts";
import { loadTagsPage } from "./tags-page.ts";

export const listPolicyTags = operation<ListPolicyTagsCommand>(ListPolicyTags$, {
  authorize: authorizePolicy("iam:ListPolicyTags"),
  async handle({ input, ctx }) {
    const found = await existingPolicy(ctx.db, ctx, input.PolicyArn);
    const tags = found.kind === "customer" ? found.policy.tags : [];
    return loadTagsPage(ctx, "ListPolicyTags", { ownerId: found.policy.policyId, tags, input });
  },
});
