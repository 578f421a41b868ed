/** iam:UpdateAccessKey. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
import { UpdateAccessKey$, type UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { setAccessKeyStatus } from "@roadstead/db/access-keys";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const updateAccessKey = operation<UpdateAccessKeyCommand>(UpdateAccessKey$, {
  authorize: authorizeUser("iam:UpdateAccessKey"),
  async handle({ input, ctx }) {
    const accessKeyId = input.AccessKeyId ?? "";
    const status = input.Status;
    if (status !== "Active" && status !== "Inactive") {
      throw iamErrors.validation("Status must be Active or Inactive.");
    }
    await ctx.db.write(async (tx) => {
      const user = await existingUser(tx, ctx, input.UserName);
      const known = await setAccessKeyStatus(tx, { userId: user.userId, accessKeyId, status });
      if (!known) throw iamErrors.noSuchAccessKey(accessKeyId);
    });
    ctx.forgetAccessKey(accessKeyId);
    return {};
  },
});
