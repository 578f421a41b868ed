/** iam:ListAttachedRolePolicies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html */
import { ListAttachedRolePolicies$, type ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { loadAttachedPage } from "./attached-page.ts";
import { authorizeRole, existingRole } from "./role-subject.ts";

export const listAttachedRolePolicies = operation<ListAttachedRolePoliciesCommand>(
  ListAttachedRolePolicies$,
  {
    authorize: authorizeRole("iam:ListAttachedRolePolicies"),
    async handle({ input, ctx }) {
      const { roleId } = await existingRole(ctx.db, ctx, input.RoleName);
      return loadAttachedPage(ctx, "ListAttachedRolePolicies", { holder: { kind: "role", roleId }, input });
    },
  },
);
