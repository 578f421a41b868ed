/** Checks tags of repositories, and what conditions of policies see of the tags in a request. */
import type { Tag as SdkTag } from "@aws-sdk/client-ecr";
import type { Tag } from "@roadstead/model/container-instance";
import { ecrErrors } from "./errors.ts";

const TAGS_MAX = 50;
const KEY_MAX = 128;
const VALUE_MAX = 256;
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html#tag-restrictions */
export function checkedTags(tags: readonly SdkTag[] = []): Tag[] {
  const checked = tags.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));
  for (const { key, value } of checked) {
    if (key === "" || key.length > KEY_MAX || !TEXT.test(key)) {
      throw ecrErrors.invalidTag(
        `Tag key '${key.slice(0, KEY_MAX)}' is not valid: 1 to ${KEY_MAX} characters.`,
      );
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw ecrErrors.invalidTag(`Tag key '${key}' should not start with the reserved prefix 'aws:'.`);
    }
    if (value.length > VALUE_MAX || !TEXT.test(value)) {
      throw ecrErrors.invalidTag(`The value of tag '${key}' is not valid: at most ${VALUE_MAX} characters.`);
    }
  }
  const keys = new Set(checked.map(({ key }) => key));
  if (keys.size < checked.length) throw ecrErrors.invalidTag("A tag key is given twice.");
  return withinLimit(checked);
}

/** The tags a repository has once `added` are put on it: a key that is there takes the new value. */
export function mergedTags(present: readonly Tag[], added: readonly Tag[]): Tag[] {
  const byKey = new Map([...present, ...added].map((tag) => [tag.key, tag]));
  return withinLimit([...byKey.values()]);
}

function withinLimit(tags: Tag[]): Tag[] {
  if (tags.length > TAGS_MAX) throw ecrErrors.tooManyTags(TAGS_MAX);
  return tags;
}

export const requestTags = (tags: readonly SdkTag[] = []): Record<string, string | string[]> =>
  tags.length === 0
    ? {}
    : {
        ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
        "aws:TagKeys": tags.map(({ Key }) => Key ?? ""),
      };
