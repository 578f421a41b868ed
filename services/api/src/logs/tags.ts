/** Checks tags of log groups, and what conditions of policies see of the tags in a request. */
import { changeLogGroupTags } from "@roadstead/db/log-groups";
import type { ApiContext } from "../context.ts";
import { logsErrors } from "./errors.ts";

export type LogTags = Readonly<Record<string, string>>;

const TAGS_MAX = 50;
const KEY_MAX = 128;
const VALUE_MAX = 256;
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html */
export function checkedTags(tags: LogTags = {}): LogTags {
  for (const [key, value] of Object.entries(tags)) {
    if (key === "" || key.length > KEY_MAX || !TEXT.test(key)) {
      throw logsErrors.invalidTag(`The tag key '${key.slice(0, KEY_MAX)}' is not valid.`);
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw logsErrors.invalidTag("Tag keys that begin with 'aws:' are reserved for AWS.");
    }
    if (value.length > VALUE_MAX || !TEXT.test(value)) {
      throw logsErrors.invalidTag(`The value of the tag '${key}' is not valid.`);
    }
  }
  return tags;
}

export const requestTags = (tags: LogTags = {}): Record<string, string | string[]> => {
  const entries = Object.entries(tags);
  if (entries.length === 0) return {};
  return {
    ...Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    "aws:TagKeys": entries.map(([key]) => key),
  };
};

/** Puts tags on a group; a key that is there takes the new value. */
export async function addTags(ctx: ApiContext, group: string, tags: LogTags): Promise<void> {
  const added = checkedTags(tags);
  await change(ctx, group, (present) => {
    const merged = { ...present, ...added };
    if (Object.keys(merged).length > TAGS_MAX) throw logsErrors.tooManyTags(group, TAGS_MAX);
    return merged;
  });
}

export async function removeTags(ctx: ApiContext, group: string, keys: readonly string[]): Promise<void> {
  const gone = new Set(keys);
  await change(ctx, group, (present) =>
    Object.fromEntries(Object.entries(present).filter(([key]) => !gone.has(key))),
  );
}

async function change(ctx: ApiContext, group: string, to: (present: LogTags) => LogTags): Promise<void> {
  if (!(await ctx.db.write((tx) => changeLogGroupTags(tx, ctx.scope.id, group, to)))) {
    throw logsErrors.groupNotFound();
  }
}
