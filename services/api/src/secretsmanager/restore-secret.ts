/** secretsmanager:RestoreSecret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html */
import { RestoreSecret$, type RestoreSecretCommand } from "@aws-sdk/client-secrets-manager";
import { scheduleDeletion } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { authorizeSecret, existingSecret, secretArn } from "./subject.ts";

export const restoreSecret = operation<RestoreSecretCommand>(RestoreSecret$, {
  authorize: authorizeSecret("secretsmanager:RestoreSecret"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const secret = await existingSecret(tx, ctx, input.SecretId);
      await scheduleDeletion(tx, secret.id, null);
      return { ARN: secretArn(ctx.scope, secret), Name: secret.name };
    }),
});
