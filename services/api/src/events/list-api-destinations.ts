/** events:ListApiDestinations. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListApiDestinations.html */
import { ListApiDestinations$, type ListApiDestinationsCommand } from "@aws-sdk/client-eventbridge";
import {
  type ApiDestinationRow,
  listApiDestinations as destinationsOf,
} from "@roadstead/db/api-destinations";
import { operation } from "../operation.ts";
import { pageOf } from "./page.ts";
import { renderDestination } from "./render.ts";

export const listApiDestinations = operation<ListApiDestinationsCommand>(ListApiDestinations$, {
  authorize: ({ ctx }) => ({
    action: "events:ListApiDestinations",
    resource: `arn:aws:events:${ctx.scope.region}:${ctx.scope.accountId}:api-destination/*`,
  }),
  async handle({ input, ctx }) {
    const { NamePrefix: prefix = "", ConnectionArn: connectionArn = null } = input;
    const rows = await destinationsOf(ctx.db, { scopeId: ctx.scope.id, prefix, connectionArn });
    const { shown, next } = pageOf(ctx, rows, {
      operation: "ListApiDestinations",
      filter: [prefix, connectionArn],
      input,
      keyOf: ({ name }: ApiDestinationRow) => name,
    });
    return { ApiDestinations: shown.map((row) => renderDestination(ctx.scope, row)), ...next };
  },
});
