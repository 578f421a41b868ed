/** iam:TagInstanceProfile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html */
import { TagInstanceProfile$, type TagInstanceProfileCommand } from "@aws-sdk/client-iam";
import { setProfileTags } from "@roadstead/db/instance-profiles";
import { operation } from "../operation.ts";
import { authorizeProfile, heldProfile } from "./profile-subject.ts";
import { readTags, withTags } from "./tags.ts";

export const tagInstanceProfile = operation<TagInstanceProfileCommand>(TagInstanceProfile$, {
  authorize: authorizeProfile("iam:TagInstanceProfile"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { instanceProfileId, tags } = await heldProfile(tx, ctx, input.InstanceProfileName);
      await setProfileTags(tx, instanceProfileId, withTags(tags, readTags(input.Tags)));
      return {};
    }),
});
