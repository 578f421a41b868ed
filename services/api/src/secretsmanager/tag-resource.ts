/** secretsmanager:TagResource. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html */
import { TagResource$, type TagResourceCommand } from "@aws-sdk/client-secrets-manager";
import { updateSecret } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { authorizeSecret, usableSecret } from "./subject.ts";
import { withTags } from "./tags.ts";

export const tagResource = operation<TagResourceCommand>(TagResource$, {
  authorize: authorizeSecret("secretsmanager:TagResource"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const secret = await usableSecret(tx, ctx, input.SecretId);
      await updateSecret(tx, secret.id, { ...secret, tags: withTags(secret.tags, input.Tags) });
      return {};
    }),
});
