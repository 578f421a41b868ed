/** logs:CreateLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
import { CreateLogGroup$, type CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { insertLogGroup } from "@roadstead/db/log-groups";
import { logGroupArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { onGroup } from "./group.ts";
import { checkedTags, requestTags } from "./tags.ts";

export const createLogGroup = operation<CreateLogGroupCommand>(CreateLogGroup$, {
  authorize({ input, ctx }) {
    const group = input.logGroupName ?? "";
    const context = requestTags(input.tags);
    const create = { ...onGroup(ctx, "logs:CreateLogGroup", { group }), context };
    if (!input.tags) return create;
    return [create, { action: "logs:TagResource", resource: logGroupArn(ctx.scope, group), context }];
  },
  async handle({ input, ctx }) {
    const name = input.logGroupName ?? "";
    if (/^aws\//i.test(name)) throw logsErrors.reservedName();
    if (input.kmsKeyId !== undefined) throw logsErrors.unsupported("Encryption with KMS keys is");
    if (input.deletionProtectionEnabled) throw logsErrors.unsupported("Deletion protection is");
    const isNew = await insertLogGroup(ctx.db, {
      scopeId: ctx.scope.id,
      name,
      class: input.logGroupClass ?? "STANDARD",
      tags: checkedTags(input.tags),
    });
    if (!isNew) throw logsErrors.groupExists();
    return {};
  },
});
