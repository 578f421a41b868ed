/** events:CreateConnection. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html */
import { CreateConnection$, type CreateConnectionCommand } from "@aws-sdk/client-eventbridge";
import { insertConnection, listConnections } from "@roadstead/db/event-connections";
import { newUuid } from "@roadstead/service-kit/ids";
import { operation } from "../operation.ts";
import { readConnection, sealParameters } from "./connection-parameters.ts";
import { eventErrors } from "./errors.ts";
import { connectionChanged } from "./render.ts";
import { authorizeNamed, DESTINATIONS_MAX } from "./subject.ts";

export const createConnection = operation<CreateConnectionCommand>(CreateConnection$, {
  authorize: authorizeNamed("CreateConnection", "connection"),
  async handle({ input, ctx }) {
    const { Name: name = "", Description: description = null } = input;
    const { authorizationType, parameters } = readConnection(input, null);
    const id = newUuid();
    const sealedParameters = sealParameters(ctx, id, parameters);
    const row = await ctx.db.write(async (tx) => {
      const all = await listConnections(tx, ctx.scope.id, "");
      if (all.length >= DESTINATIONS_MAX) throw eventErrors.tooMany();
      const content = { description, authorizationType, sealedParameters };
      return insertConnection(tx, ctx.scope.id, { id, name, ...content });
    });
    if (!row) throw eventErrors.connectionExists(name);
    return connectionChanged(ctx.scope, row);
  },
});
