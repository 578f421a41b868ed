/** ecs:UntagResource. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UntagResource.html */
import { UntagResource$, type UntagResourceCommand } from "@aws-sdk/client-ecs";
import { changeTags } from "@roadstead/db/resource-tags";
import { operation } from "../operation.ts";
import { ecsErrors } from "./errors.ts";
import { taggedResource } from "./tagged-resource.ts";

export const untagResource = operation<UntagResourceCommand>(UntagResource$, {
  authorize: ({ input }) => ({
    action: "ecs:UntagResource",
    resource: input.resourceArn ?? "",
    context: { "aws:TagKeys": [...(input.tagKeys ?? [])] },
  }),
  async handle({ input, ctx }) {
    const gone = new Set(input.tagKeys);
    await ctx.db.write(async (tx) => {
      const { kind, id } = await taggedResource(tx, ctx.scope, input.resourceArn);
      if (kind === "task") throw ecsErrors.notBuilt("Tagging of a task that was started");
      await changeTags(tx, kind, id, (before) => before.filter(({ key }) => !gone.has(key)));
    });
    return {};
  },
});
