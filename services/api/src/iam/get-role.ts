/** iam:GetRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
import { GetRole$, type GetRoleCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { authorizeRole, existingRole, renderRole } from "./role-subject.ts";
import { tagsMember } from "./tags.ts";

export const getRole = operation<GetRoleCommand>(GetRole$, {
  authorize: authorizeRole("iam:GetRole"),
  async handle({ input, ctx }) {
    const role = await existingRole(ctx.db, ctx, input.RoleName);
    return { Role: { ...renderRole(ctx, role), ...tagsMember(role.tags), RoleLastUsed: {} } };
  },
});
