/** iam:UpdateRoleDescription. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html */
import { UpdateRoleDescription$, type UpdateRoleDescriptionCommand } from "@aws-sdk/client-iam";
import { updateRole } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { authorizeRole, heldRole, renderRole } from "./role-subject.ts";

export const updateRoleDescription = operation<UpdateRoleDescriptionCommand>(UpdateRoleDescription$, {
  authorize: authorizeRole("iam:UpdateRoleDescription"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const role = await heldRole(tx, ctx, input.RoleName);
      const changed = { ...role, description: input.Description || null };
      await updateRole(tx, role.roleId, changed);
      return { Role: renderRole(ctx, changed) };
    }),
});
