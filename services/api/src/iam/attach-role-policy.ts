/** iam:AttachRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html */
import { AttachRolePolicy$, type AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { attachPolicy, listAttachedPolicies } from "@roadstead/db/attached-policies";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { checkAttachable } from "./policy-subject.ts";
import { authorizeRoleAttachment, heldRole } from "./role-subject.ts";

const POLICIES_MAX = 10;

export const attachRolePolicy = operation<AttachRolePolicyCommand>(AttachRolePolicy$, {
  authorize: authorizeRoleAttachment("iam:AttachRolePolicy"),
  async handle({ input, ctx }) {
    const arn = input.PolicyArn ?? "";
    await ctx.db.write(async (tx) => {
      const { roleId } = await heldRole(tx, ctx, input.RoleName);
      await checkAttachable(tx, ctx, arn);
      const holder = { kind: "role", roleId } as const;
      const others = (await listAttachedPolicies(tx, holder)).filter((other) => other !== arn);
      if (others.length >= POLICIES_MAX) throw iamErrors.quotaExceeded("PoliciesPerRole", POLICIES_MAX);
      await attachPolicy(tx, holder, arn);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
