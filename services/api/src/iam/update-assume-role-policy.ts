/** iam:UpdateAssumeRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html */
import { UpdateAssumeRolePolicy$, type UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { updateRole } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { checkedTrustPolicy } from "./documents.ts";
import { authorizeRole, heldRole } from "./role-subject.ts";

export const updateAssumeRolePolicy = operation<UpdateAssumeRolePolicyCommand>(UpdateAssumeRolePolicy$, {
  authorize: authorizeRole("iam:UpdateAssumeRolePolicy"),
  async handle({ input, ctx }) {
    const trustPolicy = checkedTrustPolicy(input.PolicyDocument);
    await ctx.db.write(async (tx) => {
      const role = await heldRole(tx, ctx, input.RoleName);
      await updateRole(tx, role.roleId, { ...role, trustPolicy });
    });
    return {};
  },
});
