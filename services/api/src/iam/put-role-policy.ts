/** iam:PutRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html */
import { PutRolePolicy$, type PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { listRolePolicies, putRolePolicy as putPolicy } from "@roadstead/db/roles";
import { operation } from "../operation.ts";
import { checkedPolicy, sizeOf } from "./documents.ts";
import { iamErrors } from "./errors.ts";
import { authorizeRole, heldRole } from "./role-subject.ts";

/** Of all inline policies of a role together. */
const POLICIES_MAX_CHARS = 10_240;

export const putRolePolicy = operation<PutRolePolicyCommand>(PutRolePolicy$, {
  authorize: authorizeRole("iam:PutRolePolicy"),
  async handle({ input, ctx }) {
    const policy = { name: input.PolicyName ?? "", document: checkedPolicy(input.PolicyDocument) };
    await ctx.db.write(async (tx) => {
      const role = await heldRole(tx, ctx, input.RoleName);
      const others = (await listRolePolicies(tx, role.roleId)).filter(({ name }) => name !== policy.name);
      const size = [...others, policy].reduce((sum, { document }) => sum + sizeOf(document), 0);
      if (size > POLICIES_MAX_CHARS) throw iamErrors.rolePolicySizeExceeded(role.name, POLICIES_MAX_CHARS);
      await putPolicy(tx, role.roleId, policy);
    });
    ctx.forgetAllKeys();
    return {};
  },
});
