/** events:DescribeApiDestination. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeApiDestination.html */
import { DescribeApiDestination$, type DescribeApiDestinationCommand } from "@aws-sdk/client-eventbridge";
import { findApiDestination } from "@roadstead/db/api-destinations";
import { operation } from "../operation.ts";
import { eventErrors } from "./errors.ts";
import { renderDestination } from "./render.ts";
import { authorizeNamed } from "./subject.ts";

export const describeApiDestination = operation<DescribeApiDestinationCommand>(DescribeApiDestination$, {
  authorize: authorizeNamed("DescribeApiDestination", "api-destination"),
  async handle({ input, ctx }) {
    const name = input.Name ?? "";
    const row = await findApiDestination(ctx.db, ctx.scope.id, name);
    if (!row) throw eventErrors.noDestination(name);
    return {
      ...renderDestination(ctx.scope, row),
      ...(row.description === null ? {} : { Description: row.description }),
    };
  },
});
