/** elasticloadbalancing:AddTags. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html */
import { AddTags$, type AddTagsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { changeTags } from "./tagged.ts";
import { readTags, requestTagKeys, withTags } from "./tags.ts";

export const addTags = operation<AddTagsCommand>(AddTags$, {
  authorize: ({ input, ctx }) =>
    Promise.all(
      (input.ResourceArns ?? []).map(async (arn) => {
        const on = await onResource(ctx, "AddTags", arn);
        return { ...on, context: { ...on.context, ...requestTagKeys(input.Tags) } };
      }),
    ),
  async handle({ input, ctx }) {
    const tags = readTags(input.Tags);
    await ctx.db.write(async (tx) => {
      for (const arn of input.ResourceArns ?? []) {
        await changeTags(tx, ctx, arn, (present) => withTags(present, tags));
      }
    });
    return {};
  },
});
