/** iam:UpdateRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html */
import { UpdateRole$, type UpdateRoleCommand } from "@aws-sdk/client-iam";
import { updateRole as updateRoleRow } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { authorizeRole, heldRole } from "./role-subject.ts";

export const updateRole = operation<UpdateRoleCommand>(UpdateRole$, {
  authorize: authorizeRole("iam:UpdateRole"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const role = await heldRole(tx, ctx, input.RoleName);
      await updateRoleRow(tx, role.roleId, {
        ...role,
        description: input.Description === undefined ? role.description : input.Description || null,
        maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds,
      });
      return {};
    }),
});
