/** Checks tags as every taggable ECS resource does, and writes them as rows keep them. */
import type { Tag as SdkTag } from "@aws-sdk/client-ecs";
import type { Tag } from "@roadstead/model/container-instance";
import { ecsErrors } from "./errors.ts";
import { tagsError } from "./task-definition/rules/tags.ts";

export function checkedTags(tags: readonly SdkTag[] = []): Tag[] {
  const error = tagsError(tags);
  if (error !== null) throw ecsErrors.invalidParameter(error);
  return tags.map(({ key, value }) => ({ key: key ?? "", value: value ?? "" }));
}
