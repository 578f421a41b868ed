/** events:CreateApiDestination. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html */
import { CreateApiDestination$, type CreateApiDestinationCommand } from "@aws-sdk/client-eventbridge";
import { insertApiDestination, listApiDestinations } from "@roadstead/db/api-destinations";
import { newUuid } from "@roadstead/service-kit/ids";
import { operation } from "../operation.ts";
import { checkEndpoint, connectionIdOf, RATE_LIMIT } from "./destination-input.ts";
import { eventErrors } from "./errors.ts";
import { destinationChanged } from "./render.ts";
import { authorizeNamed, DESTINATIONS_MAX } from "./subject.ts";

export const createApiDestination = operation<CreateApiDestinationCommand>(CreateApiDestination$, {
  authorize: authorizeNamed("CreateApiDestination", "api-destination"),
  async handle({ input, ctx }) {
    const { Name: name = "", ConnectionArn: connectionArn = "", HttpMethod: method = "POST" } = input;
    const endpoint = checkEndpoint(input.InvocationEndpoint ?? "");
    const row = await ctx.db.write(async (tx) => {
      const prefix = "";
      const all = await listApiDestinations(tx, { scopeId: ctx.scope.id, prefix, connectionArn: null });
      if (all.length >= DESTINATIONS_MAX) throw eventErrors.tooMany();
      return insertApiDestination(tx, ctx.scope.id, {
        id: newUuid(),
        name,
        description: input.Description ?? null,
        connectionArn,
        connectionId: await connectionIdOf(tx, ctx, connectionArn),
        endpoint,
        method,
        rateLimit: input.InvocationRateLimitPerSecond ?? RATE_LIMIT,
      });
    });
    if (!row) throw eventErrors.destinationExists(name);
    return destinationChanged(ctx.scope, row);
  },
});
