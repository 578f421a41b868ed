/** events:DeleteApiDestination. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteApiDestination.html */
import { DeleteApiDestination$, type DeleteApiDestinationCommand } from "@aws-sdk/client-eventbridge";
import {
  findApiDestination,
  deleteApiDestination as removeDestination,
} from "@roadstead/db/api-destinations";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { authorizeNamed } from "./subject.ts";

export const deleteApiDestination = operation<DeleteApiDestinationCommand>(DeleteApiDestination$, {
  authorize: authorizeNamed("DeleteApiDestination", "api-destination"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const name = input.Name ?? "";
      const row = await findApiDestination(tx, ctx.scope.id, name);
      if (!row) throw eventErrors.noDestination(name);
      await removeDestination(tx, row.id);
      return {};
    }),
});
