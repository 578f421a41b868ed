/** iam:ListRolePolicies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html */
import { ListRolePolicies$, type ListRolePoliciesCommand } from "@aws-sdk/client-iam";
import { listRolePolicies as listPolicies } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { loadIamPage } from "./page.ts";
import { authorizeRole, existingRole } from "./role-subject.ts";

export const listRolePolicies = operation<ListRolePoliciesCommand>(ListRolePolicies$, {
  authorize: authorizeRole("iam:ListRolePolicies"),
  async handle({ input, ctx }) {
    const role = await existingRole(ctx.db, ctx, input.RoleName);
    const { rows, ...page } = await loadIamPage({
      ctx,
      operation: "ListRolePolicies",
      filter: role.roleId,
      input,
      load: async (after, limit) =>
        (await listPolicies(ctx.db, role.roleId)).filter(({ name }) => name > after).slice(0, limit),
      keyOf: ({ name }) => name,
    });
    return { PolicyNames: rows.map(({ name }) => name), ...page };
  },
});
