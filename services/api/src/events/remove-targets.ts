/** events:RemoveTargets. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html */
import { RemoveTargets$, type RemoveTargetsCommand } from "@aws-sdk/client-eventbridge";
import { removeTargets as dropTargets } from "@roadstead/db/event-rules";
import { operation } from "../operation.ts";
import { authorizeRule, checkBus, heldRule } from "./subject.ts";

export const removeTargets = operation<RemoveTargetsCommand>(RemoveTargets$, {
  authorize: authorizeRule("RemoveTargets"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      checkBus(ctx, input.EventBusName);
      const rule = await heldRule(tx, ctx, input.Rule);
      const ids = input.Ids ?? [];
      const gone = await dropTargets(tx, rule.id, ids);
      const missing = ids.filter((id) => !gone.has(id));
      return {
        FailedEntryCount: missing.length,
        FailedEntries: missing.map((TargetId) => ({
          TargetId,
          ErrorCode: "ResourceNotFoundException",
          ErrorMessage: `Target ${TargetId} does not exist on rule ${rule.name}.`,
        })),
      };
    }),
});
