/** Tags of certificates: how requests bring them, answers show them and policies see them. */
import type { Tag as AcmTag } from "@aws-sdk/client-acm";
import type { Tag } from "@roadstead/model/container-instance";
import { acmErrors } from "./errors.ts";

const TAGS_MAX = 50;

export function readTags(given: readonly AcmTag[] = []): readonly Tag[] {
  const tags = given.map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "" }));
  const reserved = tags.find(({ key }) => key.toLowerCase().startsWith("aws:"));
  if (reserved) throw acmErrors.invalidTag(`The tag key ${reserved.key} begins with 'aws:'.`);
  return withTags([], tags);
}

export function withTags(present: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const tags = [...new Map([...present, ...added].map((tag) => [tag.key, tag])).values()];
  if (tags.length > TAGS_MAX) throw acmErrors.tooManyTags(TAGS_MAX);
  return tags;
}

/** A tag that is given with a value goes only if it has that value. */
export const withoutTags = (present: readonly Tag[], gone: readonly AcmTag[] = []): readonly Tag[] =>
  present.filter(
    ({ key, value }) =>
      !gone.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value)),
  );

export const renderTags = (tags: readonly Tag[]): AcmTag[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));

export const requestTagKeys = (tags: readonly AcmTag[] = []): Record<string, string | string[]> =>
  tags.length === 0
    ? {}
    : {
        ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
        "aws:TagKeys": tags.map(({ Key }) => Key ?? ""),
      };
