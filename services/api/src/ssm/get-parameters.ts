/** ssm:GetParameters. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
import { GetParameters$, type GetParametersCommand } from "@aws-sdk/client-ssm";
import { operation } from "../operation.ts";
import { isSelected, loadByReference, renderParameter, resourceOf } from "./subject.ts";

export const getParameters = operation<GetParametersCommand>(GetParameters$, {
  authorize: ({ input, ctx }) =>
    (input.Names ?? []).map((name) => ({ action: "ssm:GetParameters", resource: resourceOf(ctx, name) })),
  async handle({ input, ctx }) {
    const names = [...new Set(input.Names ?? [])];
    const found = await loadByReference(ctx.db, ctx, names);
    const usable = names.flatMap((name) => {
      const one = found.get(name);
      return one && isSelected(one) ? [{ name, one }] : [];
    });
    return {
      Parameters: usable.map(({ one }) => renderParameter(ctx, one, input.WithDecryption)),
      InvalidParameters: names.filter((name) => !usable.some((one) => one.name === name)),
    };
  },
});
