/** iam:RemoveRoleFromInstanceProfile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html */
import {
  RemoveRoleFromInstanceProfile$,
  type RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { setProfileRole } from "@roadstead/db/instance-profiles";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeProfile, heldProfile } from "./profile-subject.ts";
import { heldRole } from "./role-subject.ts";

export const removeRoleFromInstanceProfile = operation<RemoveRoleFromInstanceProfileCommand>(
  RemoveRoleFromInstanceProfile$,
  {
    authorize: authorizeProfile("iam:RemoveRoleFromInstanceProfile"),
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        const role = await heldRole(tx, ctx, input.RoleName);
        const profile = await heldProfile(tx, ctx, input.InstanceProfileName);
        if (profile.roleId !== role.roleId) throw iamErrors.noSuchRole(role.name);
        await setProfileRole(tx, profile.instanceProfileId, null);
        return {};
      }),
  },
);
