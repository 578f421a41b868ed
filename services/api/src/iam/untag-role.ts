/** iam:UntagRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html */
import { UntagRole$, type UntagRoleCommand } from "@aws-sdk/client-iam";
import { updateRole } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { authorizeRole, heldRole } from "./role-subject.ts";
import { withoutTags } from "./tags.ts";

export const untagRole = operation<UntagRoleCommand>(UntagRole$, {
  authorize: authorizeRole("iam:UntagRole"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const role = await heldRole(tx, ctx, input.RoleName);
      await updateRole(tx, role.roleId, { ...role, tags: withoutTags(role.tags, input.TagKeys) });
      return {};
    }),
});
