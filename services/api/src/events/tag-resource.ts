/** events:TagResource. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html */
import { TagResource$, type TagResourceCommand } from "@aws-sdk/client-eventbridge";
import { setRuleTags } from "@roadstead/db/event-rules";
import { operation } from "../operation.ts";
import { heldRule, ruleOfArn } from "./subject.ts";
import { authorizeTags, withTags } from "./tags.ts";

export const tagResource = operation<TagResourceCommand>(TagResource$, {
  authorize: authorizeTags("TagResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const rule = await heldRule(tx, ctx, ruleOfArn(ctx, input.ResourceARN));
      await setRuleTags(tx, rule.id, withTags(rule.tags, input.Tags));
      return {};
    }),
});
