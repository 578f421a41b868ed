/** logs:DeleteLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html */
import { DeleteLogGroup$, type DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { deleteLogGroup as deleteRow } from "@roadstead/db/log-groups";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { authorizeGroup } from "./group.ts";

export const deleteLogGroup = operation<DeleteLogGroupCommand>(DeleteLogGroup$, {
  authorize: authorizeGroup("logs:DeleteLogGroup"),
  async handle({ input, ctx }) {
    if (!(await deleteRow(ctx.db, ctx.scope.id, input.logGroupName ?? ""))) throw logsErrors.groupNotFound();
    return {};
  },
});
