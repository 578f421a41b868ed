/** The log group or stream a request is about: who may do what to it, and AWS's errors when it is not there. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import { findLogGroup, type LogGroupRow } from "@roadstead/db/log-groups";
import { logStreamArn, parseArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { logsErrors } from "./errors.ts";

interface GroupInput {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
  readonly logStreamName?: string | undefined;
}

interface Request {
  readonly input: GroupInput;
  readonly ctx: ApiContext;
}

const GROUP = "log-group:";

/** The name that was given, by itself or in an ARN. */
export function groupNameOf(ctx: ApiContext, input: GroupInput): string {
  const { logGroupName, logGroupIdentifier } = input;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) throw logsErrors.groupTwice();
  if (logGroupName !== undefined) return logGroupName;
  if (logGroupIdentifier === undefined) throw logsErrors.needsGroup();
  return logGroupIdentifier.startsWith("arn:") ? groupOfArn(ctx, logGroupIdentifier) : logGroupIdentifier;
}

/** Groups of other accounts and regions are not to be seen from here. */
export function groupOfArn({ scope }: ApiContext, text: string): string {
  const arn = parseArn(text);
  if (arn?.service !== "logs" || !arn.resource.startsWith(GROUP)) throw logsErrors.badArn();
  if (arn.accountId !== scope.accountId || arn.region !== scope.region) throw logsErrors.resourceNotFound();
  return arn.resource.slice(GROUP.length).replace(/:\*$/, "");
}

/**
 * The action on the group, or the stream that is named, with the group's tags. AWS asks about a group as about
 * its stream of no name, which is why policies say `log-group:name:*`.
 */
export const authorizeGroup =
  (action: string) =>
  async ({ input, ctx }: Request): Promise<Authorization> => {
    const name = groupNameOf(ctx, input);
    const row = await findLogGroup(ctx.db, ctx.scope.id, name);
    return onGroup(ctx, action, { group: name, stream: input.logStreamName, tags: row?.tags });
  };

export const onGroup = (
  ctx: ApiContext,
  action: string,
  on: {
    readonly group: string;
    readonly stream?: string | undefined;
    readonly tags?: LogGroupRow["tags"] | undefined;
  },
): Authorization => ({
  action,
  resource: logStreamArn(ctx.scope, on.group, on.stream ?? ""),
  context: resourceTags(on.tags),
});

export const resourceTags = (tags: LogGroupRow["tags"] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

export async function existingGroup(ctx: ApiContext, name: string): Promise<LogGroupRow> {
  const row = await findLogGroup(ctx.db, ctx.scope.id, name);
  if (!row) throw logsErrors.groupNotFound();
  return row;
}
