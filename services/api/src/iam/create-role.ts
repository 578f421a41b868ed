/** iam:CreateRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
import { CreateRole$, type CreateRoleCommand } from "@aws-sdk/client-iam";
import { insertRole } from "@roadstead/db/roles";
import { roleArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { checkedTrustPolicy } from "./documents.ts";
import { iamErrors } from "./errors.ts";
import { renderRole } from "./role-subject.ts";
import { readTags, tagsMember } from "./tags.ts";

const MAX_SESSION_DEFAULT_SECONDS = 3_600;

export const createRole = operation<CreateRoleCommand>(CreateRole$, {
  authorize: ({ input, ctx }) => ({
    action: "iam:CreateRole",
    resource: roleArn(ctx.caller.accountId, input.Path || "/", input.RoleName ?? ""),
  }),
  async handle({ input, ctx }) {
    if (input.PermissionsBoundary) throw iamErrors.noBoundaries();
    const name = input.RoleName ?? "";
    const trustPolicy = checkedTrustPolicy(input.AssumeRolePolicyDocument);
    const tags = readTags(input.Tags);
    const role = await ctx.db.write((tx) =>
      insertRole(tx, {
        accountId: ctx.caller.accountId,
        name,
        path: input.Path || "/",
        description: input.Description || null,
        trustPolicy,
        maxSessionSeconds: input.MaxSessionDuration ?? MAX_SESSION_DEFAULT_SECONDS,
        tags,
      }),
    );
    if (!role) throw iamErrors.roleExists(name);
    return { Role: { ...renderRole(ctx, role), ...tagsMember(role.tags) } };
  },
});
