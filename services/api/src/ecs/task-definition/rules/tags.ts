/** AWS's rules for a list of tags; registration answers their breach as InvalidParameterException. */
import { firstDuplicate, firstError } from "../rule.ts";

const TAGS_MAX = 50;
const KEY_MAX = 128;
const VALUE_MAX = 256;
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface WireTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html#tag-restrictions */
export function tagsError(tags: readonly WireTag[]): string | null {
  if (tags.length > TAGS_MAX) return `Too many tags. The maximum is ${TAGS_MAX}.`;
  const wrong = firstError(tags, ({ key, value = "" }) => {
    if (!key) return "Tag key should not be null or empty.";
    if (key.toLowerCase().startsWith("aws:"))
      return `Tag key '${key}' should not start with the reserved prefix 'aws:'.`;
    if (key.length > KEY_MAX || !TEXT.test(key)) return `Tag key '${key}' is not valid.`;
    return value.length > VALUE_MAX || !TEXT.test(value) ? `The value of tag '${key}' is not valid.` : null;
  });
  const twice = firstDuplicate(tags.map(({ key }) => key ?? ""));
  return wrong ?? (twice === null ? null : `Duplicate tag key '${twice}'.`);
}
