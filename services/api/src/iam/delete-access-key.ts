/** iam:DeleteAccessKey. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html */
import { DeleteAccessKey$, type DeleteAccessKeyCommand } from "@aws-sdk/client-iam";
import { deleteAccessKey as deleteKey } from "@roadstead/db/access-keys";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const deleteAccessKey = operation<DeleteAccessKeyCommand>(DeleteAccessKey$, {
  authorize: authorizeUser("iam:DeleteAccessKey"),
  async handle({ input, ctx }) {
    const accessKeyId = input.AccessKeyId ?? "";
    await ctx.db.write(async (tx) => {
      const user = await existingUser(tx, ctx, input.UserName);
      if (!(await deleteKey(tx, user.userId, accessKeyId))) throw iamErrors.noSuchAccessKey(accessKeyId);
    });
    ctx.forgetAccessKey(accessKeyId);
    return {};
  },
});
