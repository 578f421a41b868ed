/** Tags of load balancers and what belongs to them: how requests bring them, answers show them and policies see them. */
import type { Tag as ElbTag } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Tag } from "@roadstead/model/container-instance";
import { elbErrors } from "./errors.ts";

const TAGS_MAX = 50;

export function readTags(given: readonly ElbTag[] = []): readonly Tag[] {
  const tags = given.map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "" }));
  if (new Set(tags.map(({ key }) => key)).size < tags.length) throw elbErrors.duplicateTagKeys();
  const reserved = tags.find(({ key }) => key.toLowerCase().startsWith("aws:"));
  if (reserved) throw elbErrors.validation(`Tag key '${reserved.key}' cannot begin with 'aws:'`);
  return withTags([], tags);
}

export function withTags(present: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const tags = [...new Map([...present, ...added].map((tag) => [tag.key, tag])).values()];
  if (tags.length > TAGS_MAX) throw elbErrors.tooManyTags(TAGS_MAX);
  return tags;
}

export const renderTags = (tags: readonly Tag[]): ElbTag[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));

type Keys = Record<string, string | string[]>;

export const requestTagKeys = (tags: readonly ElbTag[] = []): Keys =>
  tags.length === 0
    ? {}
    : {
        ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
        "aws:TagKeys": tags.map(({ Key }) => Key ?? ""),
      };

export const resourceTagKeys = (tags: readonly Tag[]): Keys =>
  Object.fromEntries(
    tags.flatMap(({ key, value }) => [
      [`aws:ResourceTag/${key}`, value],
      [`elasticloadbalancing:ResourceTag/${key}`, value],
    ]),
  );
