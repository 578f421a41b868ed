/** Tags of rules: how requests bring them and answers show them. */
import type { Tag as SdkTag } from "@aws-sdk/client-eventbridge";
import type { Tag } from "@roadstead/model/container-instance";
import { ruleArn } from "@roadstead/model/event-arn";
import type { ApiContext } from "../context.ts";
import { eventErrors } from "./errors.ts";
import { ruleOfArn } from "./subject.ts";

const TAGS_MAX = 50;

export function withTags(old: readonly Tag[], given: readonly SdkTag[] = []): readonly Tag[] {
  const tags = new Map(old.map(({ key, value }) => [key, value]));
  for (const { Key = "", Value = "" } of given) {
    if (Key.toLowerCase().startsWith("aws:")) {
      throw eventErrors.validation(`Tag key ${Key} begins with aws:, which is reserved.`);
    }
    tags.set(Key, Value);
  }
  if (tags.size > TAGS_MAX) throw eventErrors.tooMany();
  return [...tags].map(([key, value]) => ({ key, value }));
}

export const authorizeTags =
  (action: string) =>
  ({
    input,
    ctx,
  }: {
    readonly input: { readonly ResourceARN?: string | undefined };
    readonly ctx: ApiContext;
  }) => ({
    action: `events:${action}`,
    resource: ruleArn(ctx.scope, ruleOfArn(ctx, input.ResourceARN)),
  });
