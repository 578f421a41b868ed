/** Tags of EC2's resources: what requests bring, how they are kept, shown, and seen by conditions of policies. */
import type { Tag as Ec2Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { awsError } from "@roadstead/aws-protocol/errors";
import type { Tag } from "@roadstead/model/container-instance";
import { ec2Errors } from "./errors.ts";

const TAGS_MAX = 50;
const KEY_MAX = 127;
const VALUE_MAX = 255;

export const shownTags = (tags: readonly Tag[]): Ec2Tag[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
export function readTags(tags: readonly Ec2Tag[] | undefined): readonly Tag[] {
  const seen = new Set<string>();
  return (tags ?? []).map(({ Key = "", Value = "" }) => {
    if (Key === "") throw ec2Errors.missing("Tag.Key");
    if (Key.toLowerCase().startsWith("aws:")) {
      throw ec2Errors.refused(`Tag keys starting with 'aws:' are reserved for internal use`);
    }
    if (Key.length > KEY_MAX) throw ec2Errors.refused(`Tag key exceeds the maximum length of ${KEY_MAX}`);
    if (Value.length > VALUE_MAX)
      throw ec2Errors.refused(`Tag value exceeds the maximum length of ${VALUE_MAX}`);
    if (seen.has(Key)) throw ec2Errors.refused(`Duplicate tag key '${Key}' specified.`);
    seen.add(Key);
    return { key: Key, value: Value };
  });
}

/** What a resource has once `given` is put on it. */
export function withTags(old: readonly Tag[], given: readonly Tag[]): readonly Tag[] {
  const tags = new Map([...old, ...given].map((tag) => [tag.key, tag]));
  if (tags.size > TAGS_MAX) {
    throw awsError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
  }
  return [...tags.values()];
}

/** The tags that a request to make a `type` brings for it. */
export function specifiedTags(specifications: readonly TagSpecification[] | undefined, type: string) {
  const other = (specifications ?? []).find(({ ResourceType }) => ResourceType !== type);
  if (other) {
    throw ec2Errors.refused(
      `'${other.ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  }
  return withTags([], readTags((specifications ?? []).flatMap(({ Tags }) => Tags ?? [])));
}

export const requestTags = (tags: readonly Ec2Tag[]): Record<string, string | string[]> =>
  tags.length === 0
    ? {}
    : {
        ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""])),
        "aws:TagKeys": tags.map(({ Key }) => Key ?? ""),
      };
