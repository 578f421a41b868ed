/** iam:ListRoleTags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html */
import { ListRoleTags$, type ListRoleTagsCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { authorizeRole, existingRole } from "./role-subject.ts";
import { loadTagsPage } from "./tags-page.ts";

export const listRoleTags = operation<ListRoleTagsCommand>(ListRoleTags$, {
  authorize: authorizeRole("iam:ListRoleTags"),
  async handle({ input, ctx }) {
    const { roleId, tags } = await existingRole(ctx.db, ctx, input.RoleName);
    return loadTagsPage(ctx, "ListRoleTags", { ownerId: roleId, tags, input });
  },
});
