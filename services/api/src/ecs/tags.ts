/** Checks tags as every taggable ECS resource does. */
import type { Tag as SdkTag } from "@aws-sdk/client-ecs";
import type { Tag } from "@roadstead/model/container-instance";
import { ecsErrors } from "./errors.ts";

const TAGS_MAX = 50;

/** Keys unique, at most 50, and none of AWS's own prefix. */
export function checkedTags(tags: readonly SdkTag[] | undefined): Tag[] {
  const list = (tags ?? []).map(({ key, value }) => ({ key: key ?? "", value: value ?? "" }));
  if (list.length > TAGS_MAX)
    throw ecsErrors.invalidParameter(`Too many tags. At most ${TAGS_MAX} tags are allowed.`);
  const seen = new Set<string>();
  for (const { key } of list) {
    if (key === "") throw ecsErrors.invalidParameter("Tag key cannot be null or empty.");
    if (/^aws:/i.test(key)) throw ecsErrors.invalidParameter(`Tag keys cannot start with "aws:": ${key}`);
    if (seen.has(key)) throw ecsErrors.invalidParameter(`Duplicate tag keys found: ${key}`);
    seen.add(key);
  }
  return list;
}
