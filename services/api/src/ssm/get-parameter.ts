/** ssm:GetParameter. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
import { GetParameter$, type GetParameterCommand } from "@aws-sdk/client-ssm";
import { operation } from "../operation.ts";
import { parameterErrors } from "./errors.ts";
import { isSelected, loadByReference, renderParameter, resourceOf } from "./subject.ts";

export const getParameter = operation<GetParameterCommand>(GetParameter$, {
  authorize: ({ input, ctx }) => ({
    action: "ssm:GetParameter",
    resource: resourceOf(ctx, input.Name ?? ""),
  }),
  async handle({ input, ctx }) {
    const written = input.Name ?? "";
    const found = (await loadByReference(ctx.db, ctx, [written])).get(written);
    if (!found) throw parameterErrors.notFound(written);
    if (!isSelected(found)) {
      throw parameterErrors.versionNotFound(found.row.name, found.selector.slice(1));
    }
    return { Parameter: renderParameter(ctx, found, input.WithDecryption) };
  },
});
