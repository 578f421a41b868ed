/** logs:PutRetentionPolicy. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
import { PutRetentionPolicy$, type PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { setLogRetention } from "@roadstead/db/log-groups";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { authorizeGroup } from "./group.ts";

const ALLOWED_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const putRetentionPolicy = operation<PutRetentionPolicyCommand>(PutRetentionPolicy$, {
  authorize: authorizeGroup("logs:PutRetentionPolicy"),
  async handle({ input, ctx }) {
    const { logGroupName = "", retentionInDays: days } = input;
    if (days === undefined || !ALLOWED_DAYS.includes(days)) {
      throw logsErrors.badRetention(days, ALLOWED_DAYS);
    }
    if (!(await setLogRetention(ctx.db, ctx.scope.id, logGroupName, days))) throw logsErrors.groupNotFound();
    return {};
  },
});
