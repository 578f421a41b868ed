/** secretsmanager:UpdateSecret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html */
import { UpdateSecret$, type UpdateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { updateSecret as updateRow } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { refuseKmsKey } from "./keys.ts";
import { authorizeSecret, secretArn, usableSecret } from "./subject.ts";
import { addVersion, CURRENT, givenValue } from "./versions.ts";

export const updateSecret = operation<UpdateSecretCommand>(UpdateSecret$, {
  authorize: authorizeSecret("secretsmanager:UpdateSecret"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      refuseKmsKey(input.KmsKeyId);
      const secret = await usableSecret(tx, ctx, input.SecretId);
      const description = input.Description ?? secret.description;
      await updateRow(tx, secret.id, { ...secret, description });
      const shown = { ARN: secretArn(ctx.scope, secret), Name: secret.name };
      const value = givenValue(input);
      if (value === null) return shown;
      const version = { value, token: input.ClientRequestToken, stages: [CURRENT] };
      return { ...shown, VersionId: (await addVersion(tx, ctx, secret, version)).versionId };
    }),
});
