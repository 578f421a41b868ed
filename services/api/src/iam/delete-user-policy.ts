/** iam:DeleteUserPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html */
import { DeleteUserPolicy$, type DeleteUserPolicyCommand } from "@aws-sdk/client-iam";
import { listAccessKeys } from "@roadstead/db/access-keys";
import { deleteUserPolicy as deletePolicy } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const deleteUserPolicy = operation<DeleteUserPolicyCommand>(DeleteUserPolicy$, {
  authorize: authorizeUser("iam:DeleteUserPolicy"),
  async handle({ input, ctx }) {
    const name = input.PolicyName ?? "";
    const keys = await ctx.db.write(async (tx) => {
      const user = await existingUser(tx, ctx, input.UserName);
      if (!(await deletePolicy(tx, user.userId, name))) throw iamErrors.noSuchPolicy(name);
      return listAccessKeys(tx, user.userId);
    });
    for (const { accessKeyId } of keys) ctx.forgetAccessKey(accessKeyId);
    return {};
  },
});
