/** logs:DeleteLogStream. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html */
import { DeleteLogStream$, type DeleteLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";
import { deleteLogStream as deleteRow } from "@roadstead/db/log-streams";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { authorizeGroup, existingGroup } from "./group.ts";

export const deleteLogStream = operation<DeleteLogStreamCommand>(DeleteLogStream$, {
  authorize: authorizeGroup("logs:DeleteLogStream"),
  async handle({ input, ctx }) {
    const { id } = await existingGroup(ctx, input.logGroupName ?? "");
    if (!(await deleteRow(ctx.db, id, input.logStreamName ?? ""))) throw logsErrors.streamNotFound();
    return {};
  },
});
