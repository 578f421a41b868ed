/** iam:TagRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html */
import { TagRole$, type TagRoleCommand } from "@aws-sdk/client-iam";
import { updateRole } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { authorizeRole, heldRole } from "./role-subject.ts";
import { readTags, withTags } from "./tags.ts";

export const tagRole = operation<TagRoleCommand>(TagRole$, {
  authorize: authorizeRole("iam:TagRole"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const role = await heldRole(tx, ctx, input.RoleName);
      await updateRole(tx, role.roleId, { ...role, tags: withTags(role.tags, readTags(input.Tags)) });
      return {};
    }),
});
