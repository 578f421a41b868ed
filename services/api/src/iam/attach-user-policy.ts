/** iam:AttachUserPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html */
import { AttachUserPolicy$, type AttachUserPolicyCommand } from "@aws-sdk/client-iam";
import { attachPolicy, listAttachedPolicies } from "@roadstead/db/attached-policies";
import { lockUser } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { checkAttachable } from "./policy-subject.ts";
import { authorizeUser, existingUser } from "./subject.ts";

const POLICIES_MAX = 10;

export const attachUserPolicy = operation<AttachUserPolicyCommand>(AttachUserPolicy$, {
  authorize: async ({ input, ctx }) => ({
    ...(await authorizeUser("iam:AttachUserPolicy")({ input, ctx })),
    context: { "iam:PolicyARN": input.PolicyArn ?? "" },
  }),
  async handle({ input, ctx }) {
    const arn = input.PolicyArn ?? "";
    await ctx.db.write(async (tx) => {
      const { userId } = await existingUser(tx, ctx, input.UserName);
      await lockUser(tx, userId);
      await checkAttachable(tx, ctx, arn);
      const holder = { kind: "user", userId } as const;
      const others = (await listAttachedPolicies(tx, holder)).filter((other) => other !== arn);
      if (others.length >= POLICIES_MAX) throw iamErrors.quotaExceeded("PoliciesPerUser", POLICIES_MAX);
      await attachPolicy(tx, holder, arn);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
