/** Tags of alarms: how requests bring them and answers show them. */
import type { Tag as SdkTag } from "@aws-sdk/client-cloudwatch";
import type { Tag } from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { cloudwatchErrors } from "./errors.ts";
import { alarmOfArn, onAlarm } from "./subject.ts";

const TAGS_MAX = 50;

export function withTags(old: readonly Tag[], given: readonly SdkTag[] = []): readonly Tag[] {
  const tags = new Map(old.map(({ key, value }) => [key, value]));
  for (const { Key = "", Value = "" } of given) {
    if (Key.toLowerCase().startsWith("aws:")) {
      throw cloudwatchErrors.invalid(`Tag key ${Key} begins with aws:, which is reserved.`);
    }
    tags.set(Key, Value);
  }
  if (tags.size > TAGS_MAX) throw cloudwatchErrors.tooManyTags();
  return [...tags].map(([key, value]) => ({ key, value }));
}

/** What conditions of policies see of the tags in a request. */
export function requestTags(tags: readonly SdkTag[] = []): Record<string, string | string[]> {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": tags.map(({ Key = "" }) => Key),
  };
}

export const onTagged =
  (action: string) =>
  ({
    input,
    ctx,
  }: {
    readonly input: { readonly ResourceARN?: string | undefined };
    readonly ctx: ApiContext;
  }) =>
    onAlarm(ctx, action, alarmOfArn(ctx, input.ResourceARN));
