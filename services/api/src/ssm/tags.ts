/** Tags of parameters: how requests bring them and answers show them. */
import type { Tag as ParameterTag } from "@aws-sdk/client-ssm";
import type { Tag } from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { parameterErrors } from "./errors.ts";
import { parameterArn } from "./subject.ts";

const TAGS_MAX = 50;

export function withTags(old: readonly Tag[], given: readonly ParameterTag[] | undefined): readonly Tag[] {
  const tags = new Map(old.map(({ key, value }) => [key, value]));
  for (const { Key = "", Value = "" } of given ?? []) tags.set(Key, Value);
  if (tags.size > TAGS_MAX) throw parameterErrors.tooManyTags(TAGS_MAX);
  return [...tags].map(([key, value]) => ({ key, value }));
}

/** Of all that Systems Manager tags, parameters are what there is here. */
export const authorizeTags =
  (action: string) =>
  ({
    input,
    ctx,
  }: {
    readonly input: { readonly ResourceType?: string | undefined; readonly ResourceId?: string | undefined };
    readonly ctx: ApiContext;
  }) => {
    if (input.ResourceType !== "Parameter")
      throw parameterErrors.invalidResourceType(input.ResourceType ?? "");
    return { action, resource: parameterArn(ctx.scope, input.ResourceId ?? "") };
  };
