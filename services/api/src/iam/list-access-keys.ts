/** iam:ListAccessKeys. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html */
import { ListAccessKeys$, type ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { listAccessKeys as listKeys } from "@roadstead/db/access-keys";
import { operation } from "../operation.ts";
import { loadIamPage } from "./page.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const listAccessKeys = operation<ListAccessKeysCommand>(ListAccessKeys$, {
  authorize: authorizeUser("iam:ListAccessKeys"),
  async handle({ input, ctx }) {
    const user = await existingUser(ctx.db, ctx, input.UserName);
    const { rows, ...page } = await loadIamPage({
      ctx,
      operation: "ListAccessKeys",
      filter: user.userId,
      input,
      load: async (after, limit) =>
        (await listKeys(ctx.db, user.userId))
          .filter(({ accessKeyId }) => accessKeyId > after)
          .slice(0, limit),
      keyOf: ({ accessKeyId }) => accessKeyId,
    });
    return {
      AccessKeyMetadata: rows.map((key) => ({
        UserName: user.name,
        AccessKeyId: key.accessKeyId,
        Status: key.status,
        CreateDate: key.createdAt,
      })),
      ...page,
    };
  },
});
