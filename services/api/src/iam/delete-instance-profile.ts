/** iam:DeleteInstanceProfile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html */
import { DeleteInstanceProfile$, type DeleteInstanceProfileCommand } from "@aws-sdk/client-iam";
import { deleteInstanceProfile as deleteProfile } from "@roadstead/db/instance-profiles";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeProfile, heldProfile } from "./profile-subject.ts";

export const deleteInstanceProfile = operation<DeleteInstanceProfileCommand>(DeleteInstanceProfile$, {
  authorize: authorizeProfile("iam:DeleteInstanceProfile"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const profile = await heldProfile(tx, ctx, input.InstanceProfileName);
      if (profile.roleId !== null) throw iamErrors.stillInProfile();
      await deleteProfile(tx, profile.instanceProfileId);
      return {};
    }),
});
