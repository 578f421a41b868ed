/** application-autoscaling:DeleteScheduledAction. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScheduledAction.html */
import {
  DeleteScheduledAction$,
  type DeleteScheduledActionCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  deleteScheduledAction as deleteRow,
  scheduledActionsOfTarget,
} from "@roadstead/db/scheduled-actions";
import { operation } from "../operation.ts";
import { scalingErrors } from "./errors.ts";
import { authorizeTarget, heldTarget } from "./subject.ts";

export const deleteScheduledAction = operation<DeleteScheduledActionCommand>(DeleteScheduledAction$, {
  authorize: authorizeTarget("DeleteScheduledAction"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { ScheduledActionName = "", ResourceId = "" } = input;
      const target = await heldTarget(tx, ctx, input);
      const actions = await scheduledActionsOfTarget(tx, target.id);
      const action = actions.find(({ name }) => name === ScheduledActionName);
      if (!action) throw scalingErrors.noScheduledAction(ScheduledActionName, ResourceId);
      await deleteRow(tx, action);
      return {};
    }),
});
