/** The log group that a tagging request names by its ARN, and who may tag it. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import { findLogGroup } from "@roadstead/db/log-groups";
import { logGroupArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { groupOfArn, resourceTags } from "./group.ts";
import { type LogTags, requestTags } from "./tags.ts";

interface Request {
  readonly input: {
    readonly resourceArn?: string | undefined;
    readonly tags?: LogTags | undefined;
    readonly tagKeys?: readonly string[] | undefined;
  };
  readonly ctx: ApiContext;
}

/** Unlike everywhere else the resource is the group's ARN without anything behind its name. */
export const authorizeTagging =
  (action: string) =>
  ({ input, ctx }: Request): Promise<Authorization> =>
    onTags(ctx, action, { group: groupOfArn(ctx, input.resourceArn ?? ""), ...input });

export async function onTags(
  ctx: ApiContext,
  action: string,
  on: {
    readonly group: string;
    readonly tags?: LogTags | undefined;
    readonly tagKeys?: readonly string[] | undefined;
  },
): Promise<Authorization> {
  const row = await findLogGroup(ctx.db, ctx.scope.id, on.group);
  const keys = on.tagKeys ? { "aws:TagKeys": [...on.tagKeys] } : {};
  return {
    action,
    resource: logGroupArn(ctx.scope, on.group),
    context: { ...resourceTags(row?.tags), ...requestTags(on.tags), ...keys },
  };
}
