/** iam:DeleteRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html */
import { DeleteRolePolicy$, type DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { deleteRolePolicy as deletePolicy } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeRole, heldRole } from "./role-subject.ts";

export const deleteRolePolicy = operation<DeleteRolePolicyCommand>(DeleteRolePolicy$, {
  authorize: authorizeRole("iam:DeleteRolePolicy"),
  async handle({ input, ctx }) {
    const name = input.PolicyName ?? "";
    await ctx.db.write(async (tx) => {
      const { roleId } = await heldRole(tx, ctx, input.RoleName);
      if (!(await deletePolicy(tx, roleId, name))) throw iamErrors.noSuchRolePolicy(name);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
