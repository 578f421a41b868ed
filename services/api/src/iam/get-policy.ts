/** iam:GetPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
import { GetPolicy$, type GetPolicyCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { attachmentsOf, authorizePolicy, existingPolicy, renderPolicy } from "./policy-subject.ts";
import { tagsMember } from "./tags.ts";

export const getPolicy = operation<GetPolicyCommand>(GetPolicy$, {
  authorize: authorizePolicy("iam:GetPolicy"),
  async handle({ input, ctx }) {
    const found = await existingPolicy(ctx.db, ctx, input.PolicyArn);
    const { description, arn } = found.policy;
    return {
      Policy: {
        ...renderPolicy(found, await attachmentsOf(ctx.db, ctx, arn)),
        ...(description === null ? {} : { Description: description }),
        ...(found.kind === "customer" ? tagsMember(found.policy.tags) : {}),
      },
    };
  },
});
