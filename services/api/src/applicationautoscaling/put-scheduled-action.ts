/** application-autoscaling:PutScheduledAction. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html */
import {
  PutScheduledAction$,
  type PutScheduledActionCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { putScheduledAction as putRow, scheduledActionsOfTarget } from "@roadstead/db/scheduled-actions";
import { operation } from "../operation.ts";
import { scalingErrors } from "./errors.ts";
import { readScheduledAction } from "./read-scheduled-action.ts";
import { authorizeTarget, heldTarget } from "./subject.ts";

const ACTIONS_MAX = 200;

export const putScheduledAction = operation<PutScheduledActionCommand>(PutScheduledAction$, {
  authorize: authorizeTarget("PutScheduledAction"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const target = await heldTarget(tx, ctx, input);
      const actions = await scheduledActionsOfTarget(tx, target.id);
      const old = actions.find(({ name }) => name === input.ScheduledActionName) ?? null;
      if (!old && actions.length >= ACTIONS_MAX)
        throw scalingErrors.tooMany("scheduled actions", ACTIONS_MAX);
      await putRow(tx, target.id, readScheduledAction(input, old, new Date()));
      return {};
    }),
});
