/** What DescribeSecret and ListSecrets show of a secret. */
import type { SecretListEntry } from "@aws-sdk/client-secrets-manager";
import type { SecretRow } from "@roadstead/db/secret-values";
import type { ApiContext } from "../context.ts";
import { secretArn } from "./subject.ts";
import { renderTags } from "./tags.ts";

export const renderSecret = (ctx: ApiContext, secret: SecretRow): SecretListEntry => ({
  ARN: secretArn(ctx.scope, secret),
  Name: secret.name,
  ...(secret.description ? { Description: secret.description } : {}),
  LastChangedDate: secret.changedAt,
  CreatedDate: secret.createdAt,
  ...(secret.deletedAt ? { DeletedDate: secret.deletedAt } : {}),
  ...(secret.tags.length > 0 ? { Tags: renderTags(secret.tags) } : {}),
});
