/** events:UpdateConnection. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateConnection.html */
import { UpdateConnection$, type UpdateConnectionCommand } from "@aws-sdk/client-eventbridge";
import { lockConnection, updateConnection as writeConnection } from "@roadstead/db/event-connections";
import { operation } from "../operation.ts";
import { openParameters, readConnection, sealParameters } from "./connection-parameters.ts";
import { eventErrors } from "./errors.ts";
import { connectionChanged } from "./render.ts";
import { authorizeNamed } from "./subject.ts";

export const updateConnection = operation<UpdateConnectionCommand>(UpdateConnection$, {
  authorize: authorizeNamed("UpdateConnection", "connection"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const name = input.Name ?? "";
      const before = await lockConnection(tx, ctx.scope.id, name);
      if (!before) throw eventErrors.noConnection(name);
      const { authorizationType, parameters } = readConnection(input, {
        authorizationType: before.authorizationType,
        parameters: openParameters(ctx, before),
      });
      const row = await writeConnection(tx, before.id, {
        description: input.Description ?? before.description,
        authorizationType,
        sealedParameters: sealParameters(ctx, before.id, parameters),
      });
      return connectionChanged(ctx.scope, row ?? before);
    }),
});
