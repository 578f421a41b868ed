/** ssm:DescribeParameters. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
import { DescribeParameters$, type DescribeParametersCommand } from "@aws-sdk/client-ssm";
import { listParameters } from "@roadstead/db/parameters";
import { operation } from "../operation.ts";
import { keepsAll } from "./filters.ts";
import { pageOf } from "./page.ts";
import { parameterArn } from "./subject.ts";

const PAGE_MAX = 50;

export const describeParameters = operation<DescribeParametersCommand>(DescribeParameters$, {
  authorize: () => ({ action: "ssm:DescribeParameters", resource: "*" }),
  async handle({ input, ctx }) {
    // `Filters` is the older way to say some of the same.
    const older = (input.Filters ?? []).map(({ Key, Values }) => ({ Key, Values, Option: "BeginsWith" }));
    const filters = [...(input.ParameterFilters ?? []), ...older];
    const rows = (await listParameters(ctx.db, ctx.scope.id, "")).filter(keepsAll(filters));
    const { shown, next } = pageOf(ctx, rows, {
      operation: "DescribeParameters",
      filter: filters,
      size: input.MaxResults ?? PAGE_MAX,
      token: input.NextToken,
    });
    return {
      Parameters: shown.map((row) => ({
        Name: row.name,
        ARN: parameterArn(ctx.scope, row.name),
        Type: row.type,
        LastModifiedDate: row.changedAt,
        LastModifiedUser: row.changedBy,
        ...(row.description ? { Description: row.description } : {}),
        ...(row.allowedPattern ? { AllowedPattern: row.allowedPattern } : {}),
        Version: row.version,
        Tier: row.tier,
        Policies: [],
        DataType: row.dataType,
      })),
      ...next,
    };
  },
});
