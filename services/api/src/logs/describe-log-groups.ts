/** logs:DescribeLogGroups. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
import {
  DescribeLogGroups$,
  type DescribeLogGroupsCommand,
  type LogGroup,
} from "@aws-sdk/client-cloudwatch-logs";
import { type LogGroupRow, listLogGroups } from "@roadstead/db/log-groups";
import { logGroupArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { groupNameOf, onGroup } from "./group.ts";
import { loadLogsPage } from "./page.ts";

export const describeLogGroups = operation<DescribeLogGroupsCommand>(DescribeLogGroups$, {
  authorize: ({ input, ctx }) =>
    onGroup(ctx, "logs:DescribeLogGroups", { group: input.logGroupNamePrefix ?? "" }),
  async handle({ input, ctx }) {
    if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
      throw logsErrors.prefixAndPattern();
    }
    const filter = {
      scopeId: ctx.scope.id,
      prefix: input.logGroupNamePrefix ?? "",
      part: input.logGroupNamePattern ?? "",
      names:
        input.logGroupIdentifiers?.map((logGroupIdentifier) => groupNameOf(ctx, { logGroupIdentifier })) ??
        null,
      class: input.logGroupClass ?? null,
    };
    const { rows, nextToken } = await loadLogsPage({
      ctx,
      operation: "DescribeLogGroups",
      filter,
      input,
      load: (after: string | null, limit) => listLogGroups(ctx.db, filter, { afterName: after ?? "", limit }),
      cursorOf: ({ name }) => name,
    });
    return { logGroups: rows.map((row) => renderGroup(ctx, row)), nextToken };
  },
});

const renderGroup = (
  { scope }: ApiContext,
  row: LogGroupRow & { readonly storedBytes: number },
): LogGroup => ({
  logGroupName: row.name,
  creationTime: row.createdAt.getTime(),
  retentionInDays: row.retentionDays ?? undefined,
  metricFilterCount: 0,
  arn: `${logGroupArn(scope, row.name)}:*`,
  storedBytes: row.storedBytes,
  logGroupClass: row.class,
  logGroupArn: logGroupArn(scope, row.name),
  deletionProtectionEnabled: false,
});
