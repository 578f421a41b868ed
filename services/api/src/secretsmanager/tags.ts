/** Tags of secrets: how requests bring them and answers show them. */
import type { Tag as SecretTag } from "@aws-sdk/client-secrets-manager";
import type { Tag } from "@roadstead/model/container-instance";
import { secretErrors } from "./errors.ts";

const TAGS_MAX = 50;

export function withTags(old: readonly Tag[], given: readonly SecretTag[] | undefined): readonly Tag[] {
  const tags = new Map(old.map(({ key, value }) => [key, value]));
  for (const { Key = "", Value = "" } of given ?? []) tags.set(Key, Value);
  if (tags.size > TAGS_MAX) throw secretErrors.invalid(`A secret can have at most ${TAGS_MAX} tags.`);
  return [...tags].map(([key, value]) => ({ key, value }));
}

export const renderTags = (tags: readonly Tag[]): SecretTag[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));
