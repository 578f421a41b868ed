/** application-autoscaling:TagResource. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html */
import { TagResource$, type TagResourceCommand } from "@aws-sdk/client-application-auto-scaling";
import { setTargetTags } from "@roadstead/db/scalable-targets";
import { operation } from "../operation.ts";
import { authorizeTags, heldTagged, withTags } from "./tags.ts";

export const tagResource = operation<TagResourceCommand>(TagResource$, {
  authorize: authorizeTags("TagResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const target = await heldTagged(tx, ctx, input.ResourceARN);
      await setTargetTags(tx, target.id, withTags(target.tags, input.Tags));
      return {};
    }),
});
