/** iam:ListInstanceProfilesForRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html */
import { ListInstanceProfilesForRole$, type ListInstanceProfilesForRoleCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { loadProfilesPage } from "./profiles-page.ts";
import { authorizeRole, existingRole } from "./role-subject.ts";

export const listInstanceProfilesForRole = operation<ListInstanceProfilesForRoleCommand>(
  ListInstanceProfilesForRole$,
  {
    authorize: authorizeRole("iam:ListInstanceProfilesForRole"),
    async handle({ input, ctx }) {
      const { roleId } = await existingRole(ctx.db, ctx, input.RoleName);
      return loadProfilesPage(ctx, "ListInstanceProfilesForRole", { roleId, pathPrefix: "/", input });
    },
  },
);
