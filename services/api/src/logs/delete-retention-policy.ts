/** logs:DeleteRetentionPolicy. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html */
import { DeleteRetentionPolicy$, type DeleteRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { setLogRetention } from "@roadstead/db/log-groups";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { authorizeGroup } from "./group.ts";

export const deleteRetentionPolicy = operation<DeleteRetentionPolicyCommand>(DeleteRetentionPolicy$, {
  authorize: authorizeGroup("logs:DeleteRetentionPolicy"),
  async handle({ input, ctx }) {
    const name = input.logGroupName ?? "";
    if (!(await setLogRetention(ctx.db, ctx.scope.id, name, null))) throw logsErrors.groupNotFound();
    return {};
  },
});
