/** events:UntagResource. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html */
import { UntagResource$, type UntagResourceCommand } from "@aws-sdk/client-eventbridge";
import { setRuleTags } from "@roadstead/db/event-rules";
import { operation } from "../operation.ts";
import { heldRule, ruleOfArn } from "./subject.ts";
import { authorizeTags } from "./tags.ts";

export const untagResource = operation<UntagResourceCommand>(UntagResource$, {
  authorize: authorizeTags("UntagResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const rule = await heldRule(tx, ctx, ruleOfArn(ctx, input.ResourceARN));
      const kept = rule.tags.filter(({ key }) => !input.TagKeys?.includes(key));
      await setRuleTags(tx, rule.id, kept);
      return {};
    }),
});
