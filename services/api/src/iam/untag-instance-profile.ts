/** iam:UntagInstanceProfile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html */
import { UntagInstanceProfile$, type UntagInstanceProfileCommand } from "@aws-sdk/client-iam";
import { setProfileTags } from "@roadstead/db/instance-profiles";
import { operation } from "../operation.ts";
import { authorizeProfile, heldProfile } from "./profile-subject.ts";
import { withoutTags } from "./tags.ts";

export const untagInstanceProfile = operation<UntagInstanceProfileCommand>(UntagInstanceProfile$, {
  authorize: authorizeProfile("iam:UntagInstanceProfile"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { instanceProfileId, tags } = await heldProfile(tx, ctx, input.InstanceProfileName);
      await setProfileTags(tx, instanceProfileId, withoutTags(tags, input.TagKeys));
      return {};
    }),
});
