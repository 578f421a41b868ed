/** logs:CreateLogStream. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html */
import { CreateLogStream$, type CreateLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import { insertLogStream } from "@roadstead/db/log-streams";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { authorizeGroup, existingGroup } from "./group.ts";

export const createLogStream = operation<CreateLogStreamCommand>(CreateLogStream$, {
  authorize: authorizeGroup("logs:CreateLogStream"),
  async handle({ input, ctx }) {
    const { id } = await existingGroup(ctx, input.logGroupName ?? "");
    if (!(await insertLogStream(ctx.db, id, input.logStreamName ?? ""))) throw logsErrors.streamExists();
    return {};
  },
});
