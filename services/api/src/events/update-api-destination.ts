/** events:UpdateApiDestination. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateApiDestination.html */
import { UpdateApiDestination$, type UpdateApiDestinationCommand } from "@aws-sdk/client-eventbridge";
import { findApiDestination, updateApiDestination as writeDestination } from "@roadstead/db/api-destinations";
import { operation } from "../operation.ts";
import { checkEndpoint, connectionIdOf } from "./destination-input.ts";
import { eventErrors } from "./errors.ts";
import { destinationChanged } from "./render.ts";
import { authorizeNamed } from "./subject.ts";

export const updateApiDestination = operation<UpdateApiDestinationCommand>(UpdateApiDestination$, {
  authorize: authorizeNamed("UpdateApiDestination", "api-destination"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const name = input.Name ?? "";
      const before = await findApiDestination(tx, ctx.scope.id, name);
      if (!before) throw eventErrors.noDestination(name);
      const { ConnectionArn: arn } = input;
      const row = await writeDestination(tx, before.id, {
        description: input.Description ?? before.description,
        connectionArn: arn ?? before.connectionArn,
        connectionId: arn === undefined ? before.connectionId : await connectionIdOf(tx, ctx, arn),
        endpoint: checkEndpoint(input.InvocationEndpoint ?? before.endpoint),
        method: input.HttpMethod ?? before.method,
        rateLimit: input.InvocationRateLimitPerSecond ?? before.rateLimit,
      });
      return destinationChanged(ctx.scope, row ?? before);
    }),
});
