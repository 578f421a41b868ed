/** ssm:GetParametersByPath. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
import { GetParametersByPath$, type GetParametersByPathCommand } from "@aws-sdk/client-ssm";
import { listParameters } from "@roadstead/db/parameters";
import { operation } from "../operation.ts";
import { parameterErrors } from "./errors.ts";
import { isUnder, keepsAll } from "./filters.ts";
import { pageOf } from "./page.ts";
import { parameterArn, renderParameter } from "./subject.ts";

const PAGE_MAX = 10;

export const getParametersByPath = operation<GetParametersByPathCommand>(GetParametersByPath$, {
  authorize: ({ input, ctx }) => ({
    action: "ssm:GetParametersByPath",
    resource: parameterArn(ctx.scope, input.Path ?? ""),
  }),
  async handle({ input, ctx }) {
    const path = input.Path ?? "";
    if (!path.startsWith("/")) {
      throw parameterErrors.validation(
        'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
      );
    }
    const keeps = keepsAll(input.ParameterFilters);
    const isRecursive = input.Recursive ?? false;
    const rows = (await listParameters(ctx.db, ctx.scope.id, path)).filter(
      (row) => isUnder(row.name, path, isRecursive) && keeps(row),
    );
    const { shown, next } = pageOf(ctx, rows, {
      operation: "GetParametersByPath",
      filter: [path, isRecursive, input.ParameterFilters ?? []],
      size: input.MaxResults ?? PAGE_MAX,
      token: input.NextToken,
    });
    return {
      Parameters: shown.map((row) => renderParameter(ctx, { row, selector: "" }, input.WithDecryption)),
      ...next,
    };
  },
});
