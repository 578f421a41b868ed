/** events:ListConnections. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListConnections.html */
import { ListConnections$, type ListConnectionsCommand } from "@aws-sdk/client-eventbridge";
import { type ConnectionRow, listConnections as connectionsOf } from "@roadstead/db/event-connections";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { CONNECTION_STATE, renderConnection } from "./render.ts";

export const listConnections = operation<ListConnectionsCommand>(ListConnections$, {
  authorize: ({ ctx }) => ({
    action: "events:ListConnections",
    resource: `arn:aws:events:${ctx.scope.region}:${ctx.scope.accountId}:connection/*`,
  }),
  async handle({ input, ctx }) {
    const { NamePrefix: prefix = "", ConnectionState: state = CONNECTION_STATE } = input;
    const rows = state === CONNECTION_STATE ? await connectionsOf(ctx.db, ctx.scope.id, prefix) : [];
    const { shown, next } = pageOf(ctx, rows, {
      operation: "ListConnections",
      filter: [prefix, state],
      input,
      keyOf: ({ name }: ConnectionRow) => name,
    });
    return { Connections: shown.map((row) => renderConnection(ctx.scope, row)), ...next };
  },
});
