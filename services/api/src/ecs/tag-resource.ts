/** ecs:TagResource. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html */
import { TagResource$, type TagResourceCommand } from "@aws-sdk/client-ecs";
import { changeTags } from "@roadstead/db/resource-tags";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { taggedResource } from "./tagged-resource.ts";
import { checkedTags } from "./tags.ts";

export const tagResource = operation<TagResourceCommand>(TagResource$, {
  authorize: ({ input }) => ({
    action: "ecs:TagResource",
    resource: input.resourceArn ?? "",
    context: {
      ...Object.fromEntries(
        (input.tags ?? []).map(({ key = "", value = "" }) => [`aws:RequestTag/${key}`, value]),
      ),
      "aws:TagKeys": (input.tags ?? []).map(({ key = "" }) => key),
    },
  }),
  async handle({ input, ctx }) {
    const tags = checkedTags(input.tags);
    await ctx.db.write(async (tx) => {
      const { kind, id } = await taggedResource(tx, ctx.scope, input.resourceArn);
      if (kind === "task") throw ecsErrors.notBuilt("Tagging of a task that was started");
      // The limit is of the resource, not of the request.
      await changeTags(tx, kind, id, (before) => {
        const kept = before.filter(({ key }) => !tags.some((tag) => tag.key === key));
        return checkedTags([...kept, ...tags]);
      });
    });
    return {};
  },
});
