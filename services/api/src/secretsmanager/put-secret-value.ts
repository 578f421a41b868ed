/** secretsmanager:PutSecretValue. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html */
import { PutSecretValue$, type PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { operation } from "../operation.ts";
import { secretErrors } from "./errors.ts";
import { authorizeSecret, secretArn, usableSecret } from "./subject.ts";
import { addVersion, CURRENT, givenValue } from "./versions.ts";

export const putSecretValue = operation<PutSecretValueCommand>(PutSecretValue$, {
  authorize: authorizeSecret("secretsmanager:PutSecretValue"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const secret = await usableSecret(tx, ctx, input.SecretId);
      const value = givenValue(input);
      if (value === null) {
        throw secretErrors.invalid("You must provide either SecretString or SecretBinary.");
      }
      const stages = input.VersionStages?.length ? input.VersionStages : [CURRENT];
      const added = await addVersion(tx, ctx, secret, { value, token: input.ClientRequestToken, stages });
      return {
        ARN: secretArn(ctx.scope, secret),
        Name: secret.name,
        VersionId: added.versionId,
        VersionStages: [...added.stages],
      };
    }),
});
