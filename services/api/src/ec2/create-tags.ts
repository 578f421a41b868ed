/** ec2:CreateTags. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html */
import { CreateTags$, type CreateTagsCommand } from "@aws-sdk/client-ec2";
import { on } from "./allowed.ts";
import { changeTags } from "./change-tags.ts";
import { ec2Operation } from "./operation.ts";
import { readTags, requestTags, withTags } from "./tags.ts";

export const createTags = ec2Operation<CreateTagsCommand>(CreateTags$, {
  authorize: ({ input, ctx }) => on(ctx, "CreateTags", input.Resources ?? [], requestTags(input.Tags ?? [])),
  async handle({ input, ctx }) {
    const given = readTags(input.Tags);
    await changeTags(ctx, input.Resources, (old) => withTags(old, given));
    return {};
  },
});
