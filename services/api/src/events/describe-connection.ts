/** events:DescribeConnection. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html */
import { DescribeConnection$, type DescribeConnectionCommand } from "@aws-sdk/client-eventbridge";
import { findConnection } from "@roadstead/db/event-connections";
import { operation } from "../operation.ts";
import { openParameters } from "./connection-parameters.ts";
import { eventErrors } from "./errors.ts";
import { renderConnection, renderParameters } from "./render.ts";
import { authorizeNamed } from "./subject.ts";

export const describeConnection = operation<DescribeConnectionCommand>(DescribeConnection$, {
  authorize: authorizeNamed("DescribeConnection", "connection"),
  async handle({ input, ctx }) {
    const name = input.Name ?? "";
    const row = await findConnection(ctx.db, ctx.scope.id, name);
    if (!row) throw eventErrors.noConnection(name);
    return {
      ...renderConnection(ctx.scope, row),
      ...(row.description === null ? {} : { Description: row.description }),
      AuthParameters: renderParameters(openParameters(ctx, row)),
    };
  },
});
