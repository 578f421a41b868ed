/** ssm:PutParameter. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */

import type { PutParameterRequest } from "@aws-sdk/client-ssm";
import { PutParameter$, type PutParameterCommand } from "@aws-sdk/client-ssm";
import { findParameters, putParameter as putRow } from "@roadstead/db/parameters";
import { operation } from "../operation.ts";
import { checkPattern } from "./allowed-pattern.ts";
import { parameterErrors } from "./errors.ts";
import { contextOf, parameterArn } from "./subject.ts";
import { withTags } from "./tags.ts";

const STANDARD_MAX_CHARS = 4_096;
const ADVANCED_MAX_CHARS = 8_192;
const NAME = /^[a-zA-Z0-9_./-]+$/;
const LEVELS_MAX = 15;
const TAGS_AND_OVERWRITE =
  "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.";

function checkName(name: string): void {
  const levels = name.split("/").length - 1;
  if (
    !NAME.test(name) ||
    name.endsWith("/") ||
    name.includes("//") ||
    (levels > 0 && !name.startsWith("/"))
  ) {
    throw parameterErrors.validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw parameterErrors.validation(`No access to reserved parameter name: ${name}.`);
  }
  if (levels > LEVELS_MAX) {
    throw parameterErrors.validation(`A parameter name can have at most ${LEVELS_MAX} levels.`);
  }
}

function checkedTier({ Tier, Policies }: PutParameterRequest, value: string): "Standard" | "Advanced" {
  if (Policies && Policies !== "[]" && Policies !== "[{}]") {
    throw parameterErrors.validation("Parameter policies are not supported.");
  }
  if (value.length === 0) throw parameterErrors.validation("Parameter values must not be empty.");
  const needsAdvanced = value.length > STANDARD_MAX_CHARS;
  if (needsAdvanced && Tier !== "Advanced" && Tier !== "Intelligent-Tiering") {
    throw parameterErrors.validation(
      `Standard tier parameters support a maximum parameter value of ${STANDARD_MAX_CHARS} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
    );
  }
  if (value.length > ADVANCED_MAX_CHARS) {
    throw parameterErrors.validation(
      `Advanced tier parameters support a maximum parameter value of ${ADVANCED_MAX_CHARS} characters.`,
    );
  }
  return Tier === "Advanced" || needsAdvanced ? "Advanced" : "Standard";
}

export const putParameter = operation<PutParameterCommand>(PutParameter$, {
  authorize: ({ input, ctx }) => ({
    action: "ssm:PutParameter",
    resource: parameterArn(ctx.scope, input.Name ?? ""),
  }),
  async handle({ input, ctx }) {
    const name = input.Name ?? "";
    const value = input.Value ?? "";
    const tier = checkedTier(input, value);
    checkName(name);
    if (input.KeyId && !input.KeyId.endsWith("alias/aws/ssm")) throw parameterErrors.invalidKey();
    if (input.Overwrite && input.Tags?.length) throw parameterErrors.validation(TAGS_AND_OVERWRITE);
    const tags = withTags([], input.Tags);
    const version = await ctx.db.write(async (tx) => {
      const [old] = await findParameters(tx, ctx.scope.id, [name]);
      const type = input.Type ?? old?.type;
      if (!type)
        throw parameterErrors.validation("A parameter type is required when you create a parameter.");
      if (type !== "String" && type !== "StringList" && type !== "SecureString") {
        throw parameterErrors.unsupportedType(type);
      }
      checkPattern(input.AllowedPattern ?? old?.allowedPattern ?? undefined, value);
      const parameter = {
        name,
        type,
        sealedValue: ctx.secretValues.seal(value, contextOf(ctx, name)),
        description: input.Description ?? null,
        allowedPattern: input.AllowedPattern || null,
        dataType: input.DataType || "text",
        tier,
        changedBy: ctx.caller.principal.arn,
        tags,
      };
      return putRow(tx, ctx.scope.id, parameter, input.Overwrite ?? false);
    });
    if (version === null) throw parameterErrors.exists();
    return { Version: version, Tier: tier };
  },
});
