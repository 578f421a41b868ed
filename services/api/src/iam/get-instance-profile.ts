/** iam:GetInstanceProfile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html */
import { GetInstanceProfile$, type GetInstanceProfileCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { authorizeProfile, existingProfile, renderProfile } from "./profile-subject.ts";

export const getInstanceProfile = operation<GetInstanceProfileCommand>(GetInstanceProfile$, {
  authorize: authorizeProfile("iam:GetInstanceProfile"),
  async handle({ input, ctx }) {
    const profile = await existingProfile(ctx.db, ctx, input.InstanceProfileName);
    return { InstanceProfile: await renderProfile(ctx.db, ctx, profile) };
  },
});
