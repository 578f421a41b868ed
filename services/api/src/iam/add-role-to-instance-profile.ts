/** iam:AddRoleToInstanceProfile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html */
import { AddRoleToInstanceProfile$, type AddRoleToInstanceProfileCommand } from "@aws-sdk/client-iam";
import { setProfileRole } from "@roadstead/db/instance-profiles";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { authorizeProfile, heldProfile } from "./profile-subject.ts";
import { heldRole, subjectRoleArn } from "./role-subject.ts";

export const addRoleToInstanceProfile = operation<AddRoleToInstanceProfileCommand>(
  AddRoleToInstanceProfile$,
  {
    authorize: async ({ input, ctx }) => [
      await authorizeProfile("iam:AddRoleToInstanceProfile")({ input, ctx }),
      {
        action: "iam:PassRole",
        resource: await subjectRoleArn(ctx, input.RoleName),
        context: { "iam:PassedToService": "ec2.amazonaws.com" },
      },
    ],
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        // The role first, as DeleteRole does.
        const role = await heldRole(tx, ctx, input.RoleName);
        const profile = await heldProfile(tx, ctx, input.InstanceProfileName);
        if (profile.roleId !== null) throw iamErrors.quotaExceeded("InstanceSessionsPerInstanceProfile", 1);
        await setProfileRole(tx, profile.instanceProfileId, role.roleId);
        return {};
      }),
  },
);
