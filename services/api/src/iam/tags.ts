/** Tags of roles, policies and instance profiles: how requests bring them and answers show them. */
import type { Tag as IamTag } from "@aws-sdk/client-iam";
import type { Tag } from "@roadstead/model/container-instance";
import { iamErrors } from "./errors.ts";

const TAGS_MAX = 50;

export const readTags = (tags: readonly IamTag[] | undefined): readonly Tag[] =>
  withTags(
    [],
    (tags ?? []).map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "" })),
  );

export const renderTags = (tags: readonly Tag[]): IamTag[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));

/** For answers that leave out an empty list. */
export const tagsMember = (tags: readonly Tag[]): { Tags?: IamTag[] } =>
  tags.length > 0 ? { Tags: renderTags(tags) } : {};

/** Keys are compared without case, and the newest spelling stays. */
export function withTags(old: readonly Tag[], given: readonly Tag[]): readonly Tag[] {
  const tags = new Map(old.map((tag) => [tag.key.toLowerCase(), tag]));
  for (const tag of given) tags.set(tag.key.toLowerCase(), tag);
  if (tags.size > TAGS_MAX) throw iamErrors.tooManyTags(TAGS_MAX);
  return [...tags.values()];
}

export function withoutTags(old: readonly Tag[], keys: readonly string[] | undefined): readonly Tag[] {
  const gone = new Set((keys ?? []).map((key) => key.toLowerCase()));
  return old.filter(({ key }) => !gone.has(key.toLowerCase()));
}
