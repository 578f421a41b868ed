/** elasticloadbalancing:DeleteListener. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteListener.html */
import { DeleteListener$, type DeleteListenerCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { deleteListener as deleteRow } from "@roadstead/db/listeners";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { heldListener } from "./subject.ts";

export const deleteListener = operation<DeleteListenerCommand>(DeleteListener$, {
  authorize: ({ input, ctx }) => onResource(ctx, "DeleteListener", input.ListenerArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const { listener } = await heldListener(tx, ctx, input.ListenerArn);
      await deleteRow(tx, listener.id);
      return {};
    }),
});
