/** iam:DetachUserPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html */
import { DetachUserPolicy$, type DetachUserPolicyCommand } from "@aws-sdk/client-iam";
import { detachPolicy } from "@roadstead/db/attached-policies";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const detachUserPolicy = operation<DetachUserPolicyCommand>(DetachUserPolicy$, {
  authorize: async ({ input, ctx }) => ({
    ...(await authorizeUser("iam:DetachUserPolicy")({ input, ctx })),
    context: { "iam:PolicyARN": input.PolicyArn ?? "" },
  }),
  async handle({ input, ctx }) {
    const arn = input.PolicyArn ?? "";
    await ctx.db.write(async (tx) => {
      const { userId } = await existingUser(tx, ctx, input.UserName);
      if (!(await detachPolicy(tx, { kind: "user", userId }, arn))) throw iamErrors.noSuchManagedPolicy(arn);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
