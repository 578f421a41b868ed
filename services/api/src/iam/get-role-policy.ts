/** iam:GetRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html */
import { GetRolePolicy$, type GetRolePolicyCommand } from "@aws-sdk/client-iam";
import { listRolePolicies } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { percentEncoded } from "./percent-encoded.ts";
import { authorizeRole, existingRole } from "./role-subject.ts";

export const getRolePolicy = operation<GetRolePolicyCommand>(GetRolePolicy$, {
  authorize: authorizeRole("iam:GetRolePolicy"),
  async handle({ input, ctx }) {
    const role = await existingRole(ctx.db, ctx, input.RoleName);
    const wanted = input.PolicyName ?? "";
    const policy = (await listRolePolicies(ctx.db, role.roleId)).find(({ name }) => name === wanted);
    if (!policy) throw iamErrors.noSuchRolePolicy(wanted);
    return { RoleName: role.name, PolicyName: policy.name, PolicyDocument: percentEncoded(policy.document) };
  },
});
