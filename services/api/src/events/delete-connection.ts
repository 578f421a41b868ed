/** events:DeleteConnection. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteConnection.html */
import { DeleteConnection$, type DeleteConnectionCommand } from "@aws-sdk/client-eventbridge";
import { lockConnection, deleteConnection as removeConnection } from "@roadstead/db/event-connections";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { connectionChanged } from "./render.ts";
import { authorizeNamed } from "./subject.ts";

export const deleteConnection = operation<DeleteConnectionCommand>(DeleteConnection$, {
  authorize: authorizeNamed("DeleteConnection", "connection"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const name = input.Name ?? "";
      const row = await lockConnection(tx, ctx.scope.id, name);
      if (!row) throw eventErrors.noConnection(name);
      await removeConnection(tx, row.id);
      return { ...connectionChanged(ctx.scope, row), ConnectionState: "DELETING" as const };
    }),
});
