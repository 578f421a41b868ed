/** elasticloadbalancing:RemoveTags. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveTags.html */
import { RemoveTags$, type RemoveTagsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { changeTags } from "./tagged.ts";

export const removeTags = operation<RemoveTagsCommand>(RemoveTags$, {
  authorize: ({ input, ctx }) =>
    Promise.all(
      (input.ResourceArns ?? []).map(async (arn) => {
        const on = await onResource(ctx, "RemoveTags", arn);
        return { ...on, context: { ...on.context, "aws:TagKeys": [...(input.TagKeys ?? [])] } };
      }),
    ),
  async handle({ input, ctx }) {
    const gone = new Set(input.TagKeys);
    await ctx.db.write(async (tx) => {
      for (const arn of input.ResourceArns ?? []) {
        await changeTags(tx, ctx, arn, (present) => present.filter(({ key }) => !gone.has(key)));
      }
    });
    return {};
  },
});
