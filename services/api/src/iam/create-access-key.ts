/** iam:CreateAccessKey. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
import { CreateAccessKey$, type CreateAccessKeyCommand } from "@aws-sdk/client-iam";
import { createAccessKey as createKey, listAccessKeys } from "@roadstead/db/access-keys";
import { lockUser } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeUser, existingUser } from "./subject.ts";

const KEYS_MAX = 2;

export const createAccessKey = operation<CreateAccessKeyCommand>(CreateAccessKey$, {
  authorize: authorizeUser("iam:CreateAccessKey"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const user = await existingUser(tx, ctx, input.UserName);
      await lockUser(tx, user.userId);
      if ((await listAccessKeys(tx, user.userId)).length >= KEYS_MAX)
        throw iamErrors.accessKeysExceeded(KEYS_MAX);
      const owner = { accountId: ctx.caller.accountId, userId: user.userId, agentId: null };
      const key = await createKey(tx, ctx.secrets, owner);
      const created = (await listAccessKeys(tx, user.userId)).find(
        (row) => row.accessKeyId === key.accessKeyId,
      );
      return {
        AccessKey: {
          UserName: user.name,
          AccessKeyId: key.accessKeyId,
          Status: "Active",
          SecretAccessKey: key.secretAccessKey,
          CreateDate: created?.createdAt,
        },
      };
    }),
});
