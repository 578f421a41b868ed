/** iam:ListRoles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html */
import { ListRoles$, type ListRolesCommand } from "@aws-sdk/client-iam";
import { listRoles as listRoleRows } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { loadIamPage } from "./page.ts";
import { renderRole } from "./role-subject.ts";

export const listRoles = operation<ListRolesCommand>(ListRoles$, {
  authorize: ({ ctx }) => ({
    action: "iam:ListRoles",
    resource: `arn:aws:iam::${ctx.caller.accountId}:role/`,
  }),
  async handle({ input, ctx }) {
    const pathPrefix = input.PathPrefix ?? "/";
    const { rows, ...page } = await loadIamPage({
      ctx,
      operation: "ListRoles",
      filter: pathPrefix,
      input,
      load: (afterName, limit) =>
        listRoleRows(ctx.db, { accountId: ctx.caller.accountId, pathPrefix, afterName, limit }),
      keyOf: ({ name }) => name,
    });
    return { Roles: rows.map((role) => renderRole(ctx, role)), ...page };
  },
});
