/** iam:CreateInstanceProfile. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html */
import { CreateInstanceProfile$, type CreateInstanceProfileCommand } from "@aws-sdk/client-iam";
import { insertInstanceProfile } from "@roadstead/db/instance-profiles";
import { instanceProfileArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { iamErrors } from "./errors.ts";
import { existingProfile, renderProfile } from "./profile-subject.ts";
import { readTags } from "./tags.ts";

export const createInstanceProfile = operation<CreateInstanceProfileCommand>(CreateInstanceProfile$, {
  authorize: ({ input, ctx }) => ({
    action: "iam:CreateInstanceProfile",
    resource: instanceProfileArn(ctx.caller.accountId, input.Path || "/", input.InstanceProfileName ?? ""),
  }),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const name = input.InstanceProfileName ?? "";
      const { accountId } = ctx.caller;
      const wanted = { accountId, name, path: input.Path || "/", tags: readTags(input.Tags) };
      if (!(await insertInstanceProfile(tx, wanted))) throw iamErrors.profileExists(name);
      const profile = await existingProfile(tx, ctx, name);
      return { InstanceProfile: await renderProfile(tx, ctx, profile) };
    }),
});
