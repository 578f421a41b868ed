/** iam:DeleteUser. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
import { DeleteUser$, type DeleteUserCommand } from "@aws-sdk/client-iam";
import { listAccessKeys } from "@roadstead/db/access-keys";
import { listAttachedPolicies } from "@roadstead/db/attached-policies";
import { deleteUser as deleteUserRow, listUserPolicies, lockUser } from "@roadstead/db/users";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeUser, existingUser } from "./subject.ts";

export const deleteUser = operation<DeleteUserCommand>(DeleteUser$, {
  authorize: authorizeUser("iam:DeleteUser"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const user = await existingUser(tx, ctx, input.UserName);
      await lockUser(tx, user.userId);
      if ((await listAccessKeys(tx, user.userId)).length > 0) throw iamErrors.userHasKeys();
      const attached = await listAttachedPolicies(tx, { kind: "user", userId: user.userId });
      if (attached.length > 0) throw iamErrors.stillAttached();
      if ((await listUserPolicies(tx, user.userId)).length > 0) throw iamErrors.userHasPolicies();
      await deleteUserRow(tx, user.userId);
      return {};
    }),
});
