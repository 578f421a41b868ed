/** iam:ListUsers. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
import { ListUsers$, type ListUsersCommand } from "@aws-sdk/client-iam";
import { listUsers as listUserRows } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { loadIamPage } from "./page.ts";
import { renderUser } from "./subject.ts";

export const listUsers = operation<ListUsersCommand>(ListUsers$, {
  authorize: ({ ctx }) => ({
    action: "iam:ListUsers",
    resource: `arn:aws:iam::${ctx.caller.accountId}:user/`,
  }),
  async handle({ input, ctx }) {
    const pathPrefix = input.PathPrefix ?? "/";
    const { rows, ...page } = await loadIamPage({
      ctx,
      operation: "ListUsers",
      filter: pathPrefix,
      input,
      load: (afterName, limit) =>
        listUserRows(ctx.db, { accountId: ctx.caller.accountId, pathPrefix, afterName, limit }),
      keyOf: ({ name }) => name,
    });
    return { Users: rows.map((user) => renderUser(ctx, user)), ...page };
  },
});
