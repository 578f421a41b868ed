/** secretsmanager:CreateSecret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
import { CreateSecret$, type CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import type { WriteTx } from "@roadstead/db/connect";
import { findSecret, insertSecret, listSecretVersions } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { secretErrors } from "./errors.ts";
import { refuseKmsKey } from "./keys.ts";
import { secretArn } from "./subject.ts";
import { withTags } from "./tags.ts";
import { addVersion, CURRENT, givenValue } from "./versions.ts";

const NAME = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;

const hasVersion = async (tx: WriteTx, secretId: string, token: string | undefined) =>
  (await listSecretVersions(tx, secretId)).some(({ versionId }) => versionId === token);

export const createSecret = operation<CreateSecretCommand>(CreateSecret$, {
  authorize: ({ input, ctx }) => ({
    action: "secretsmanager:CreateSecret",
    resource: `arn:aws:secretsmanager:${ctx.scope.region}:${ctx.scope.accountId}:secret:${input.Name ?? ""}`,
  }),
  async handle({ input, ctx }) {
    const name = input.Name ?? "";
    if (!NAME.test(name)) {
      throw secretErrors.invalid(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
      );
    }
    refuseKmsKey(input.KmsKeyId);
    if (input.AddReplicaRegions?.length) throw secretErrors.invalid("Replicas of secrets are not supported.");
    const value = givenValue(input);
    const tags = withTags([], input.Tags);
    return ctx.db.write(async (tx) => {
      const wanted = { scopeId: ctx.scope.id, name, description: input.Description ?? null, tags };
      const made = await insertSecret(tx, wanted);
      const secret = made ?? (await findSecret(tx, ctx.scope.id, name));
      if (!secret) throw secretErrors.exists(name);
      if (secret.deleteAt) throw secretErrors.plannedAlready();
      // The same request again, by its token, is answered as it was.
      if (!made && !(await hasVersion(tx, secret.id, input.ClientRequestToken))) {
        throw secretErrors.exists(name);
      }
      const shown = { ARN: secretArn(ctx.scope, secret), Name: name };
      if (value === null) return shown;
      const token = input.ClientRequestToken;
      const { versionId } = await addVersion(tx, ctx, secret, {
        value,
        token,
        stages: made ? [CURRENT] : [],
      });
      return { ...shown, VersionId: versionId };
    });
  },
});
