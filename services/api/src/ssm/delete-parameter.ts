/** ssm:DeleteParameter. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html */
import { DeleteParameter$, type DeleteParameterCommand } from "@aws-sdk/client-ssm";
import { deleteParameters } from "@roadstead/db/parameters";
import { operation } from "../operation.ts";
import { parameterErrors } from "./errors.ts";
import { parameterArn } from "./subject.ts";

export const deleteParameter = operation<DeleteParameterCommand>(DeleteParameter$, {
  authorize: ({ input, ctx }) => ({
    action: "ssm:DeleteParameter",
    resource: parameterArn(ctx.scope, input.Name ?? ""),
  }),
  async handle({ input, ctx }) {
    const name = input.Name ?? "";
    const gone = await ctx.db.write((tx) => deleteParameters(tx, ctx.scope.id, [name]));
    if (gone.length === 0) throw parameterErrors.notFound(name);
    return {};
  },
});
