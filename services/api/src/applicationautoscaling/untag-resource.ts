/** application-autoscaling:UntagResource. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_UntagResource.html */
import { UntagResource$, type UntagResourceCommand } from "@aws-sdk/client-application-auto-scaling";
import { setTargetTags } from "@roadstead/db/scalable-targets";
import { operation } from "../operation.ts";
import { authorizeTags, heldTagged } from "./tags.ts";

export const untagResource = operation<UntagResourceCommand>(UntagResource$, {
  authorize: authorizeTags("UntagResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const target = await heldTagged(tx, ctx, input.ResourceARN);
      const gone = new Set(input.TagKeys);
      await setTargetTags(
        tx,
        target.id,
        target.tags.filter(({ key }) => !gone.has(key)),
      );
      return {};
    }),
});
