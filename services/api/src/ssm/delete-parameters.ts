/** ssm:DeleteParameters. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
import { DeleteParameters$, type DeleteParametersCommand } from "@aws-sdk/client-ssm";
import { deleteParameters as deleteRows } from "@roadstead/db/parameters";
import { operation } from "../operation.ts";
import { parameterArn } from "./subject.ts";

export const deleteParameters = operation<DeleteParametersCommand>(DeleteParameters$, {
  authorize: ({ input, ctx }) =>
    (input.Names ?? []).map((name) => ({
      action: "ssm:DeleteParameters",
      resource: parameterArn(ctx.scope, name),
    })),
  async handle({ input, ctx }) {
    const names = [...new Set(input.Names ?? [])];
    const gone = await ctx.db.write((tx) => deleteRows(tx, ctx.scope.id, names));
    return {
      DeletedParameters: names.filter((name) => gone.includes(name)),
      InvalidParameters: names.filter((name) => !gone.includes(name)),
    };
  },
});
