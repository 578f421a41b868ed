/** iam:ListInstanceProfileTags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html */
import { ListInstanceProfileTags$, type ListInstanceProfileTagsCommand } from "@aws-sdk/client-iam";
import { operation } from "../operation.ts";
import { authorizeProfile, existingProfile } from "./profile-subject.ts";
import { loadTagsPage } from "./tags-page.ts";

export const listInstanceProfileTags = operation<ListInstanceProfileTagsCommand>(ListInstanceProfileTags$, {
  authorize: authorizeProfile("iam:ListInstanceProfileTags"),
  async handle({ input, ctx }) {
    const { instanceProfileId, tags } = await existingProfile(ctx.db, ctx, input.InstanceProfileName);
    return loadTagsPage(ctx, "ListInstanceProfileTags", { ownerId: instanceProfileId, tags, input });
  },
});
