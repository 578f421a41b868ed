/** iam:DeleteRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html */
import { DeleteRole$, type DeleteRoleCommand } from "@aws-sdk/client-iam";
import { listAttachedPolicies } from "@roadstead/db/attached-policies";
import { listInstanceProfiles } from "@roadstead/db/instance-profiles";
import { deleteRole as deleteRoleRow, listRolePolicies } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeRole, heldRole } from "./role-subject.ts";

export const deleteRole = operation<DeleteRoleCommand>(DeleteRole$, {
  authorize: authorizeRole("iam:DeleteRole"),
  async handle({ input, ctx }) {
    await ctx.db.write(async (tx) => {
      const { roleId } = await heldRole(tx, ctx, input.RoleName);
      const mine = { accountId: ctx.caller.accountId, pathPrefix: "/", roleId, afterName: "", limit: 1 };
      if ((await listInstanceProfiles(tx, mine)).length > 0) throw iamErrors.stillInProfile();
      const attached = await listAttachedPolicies(tx, { kind: "role", roleId });
      if (attached.length > 0) throw iamErrors.stillAttached();
      if ((await listRolePolicies(tx, roleId)).length > 0) throw iamErrors.userHasPolicies();
      await deleteRoleRow(tx, roleId);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
