/** iam:DetachRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html */
import { DetachRolePolicy$, type DetachRolePolicyCommand } from "@aws-sdk/client-iam";
import { detachPolicy } from "@roadstead/db/attached-policies";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeRoleAttachment, heldRole } from "./role-subject.ts";

export const detachRolePolicy = operation<DetachRolePolicyCommand>(DetachRolePolicy$, {
  authorize: authorizeRoleAttachment("iam:DetachRolePolicy"),
  async handle({ input, ctx }) {
    const arn = input.PolicyArn ?? "";
    await ctx.db.write(async (tx) => {
      const { roleId } = await heldRole(tx, ctx, input.RoleName);
      if (!(await detachPolicy(tx, { kind: "role", roleId }, arn))) throw iamErrors.noSuchManagedPolicy(arn);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
