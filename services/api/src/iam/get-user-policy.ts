/** iam:GetUserPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html */
import { GetUserPolicy$, type GetUserPolicyCommand } from "@aws-sdk/client-iam";
import { listUserPolicies } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { percentEncoded } from "./percent-encoded.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const getUserPolicy = operation<GetUserPolicyCommand>(GetUserPolicy$, {
  authorize: authorizeUser("iam:GetUserPolicy"),
  async handle({ input, ctx }) {
    const user = await existingUser(ctx.db, ctx, input.UserName);
    const wanted = input.PolicyName ?? "";
    const policy = (await listUserPolicies(ctx.db, user.userId)).find(({ name }) => name === wanted);
    if (!policy) throw iamErrors.noSuchPolicy(wanted);
    return { UserName: user.name, PolicyName: policy.name, PolicyDocument: percentEncoded(policy.document) };
  },
});
