/** iam:PutUserPolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html */
import { PutUserPolicy$, type PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { listAccessKeys } from "@roadstead/db/access-keys";
import { listUserPolicies, lockUser, putUserPolicy as putPolicy } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { checkedPolicy, sizeOf } from "./documents.ts";
import { iamErrors } from "./errors.ts";
import { authorizeUser, existingUser } from "./subject.ts";

/** Of all inline policies of a user together; white space does not count. */
const POLICIES_MAX_CHARS = 2_048;

export const putUserPolicy = operation<PutUserPolicyCommand>(PutUserPolicy$, {
  authorize: authorizeUser("iam:PutUserPolicy"),
  async handle({ input, ctx }) {
    const policy = { name: input.PolicyName ?? "", document: checkedPolicy(input.PolicyDocument) };
    const keys = await ctx.db.write(async (tx) => {
      const user = await existingUser(tx, ctx, input.UserName);
      await lockUser(tx, user.userId);
      const others = (await listUserPolicies(tx, user.userId)).filter(({ name }) => name !== policy.name);
      const size = [...others, policy].reduce((sum, { document }) => sum + sizeOf(document), 0);
      if (size > POLICIES_MAX_CHARS) throw iamErrors.policySizeExceeded(user.name, POLICIES_MAX_CHARS);
      await putPolicy(tx, user.userId, policy);
      return listAccessKeys(tx, user.userId);
    });
    for (const { accessKeyId } of keys) ctx.forgetAccessKey(accessKeyId);
    return {};
  },
});
