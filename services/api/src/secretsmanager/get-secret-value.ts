/** secretsmanager:GetSecretValue. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
import { GetSecretValue$, type GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { listSecretVersions } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { secretErrors } from "./errors.ts";
import { authorizeSecret, secretArn, usableSecret } from "./subject.ts";
import { CURRENT, openValue } from "./versions.ts";

export const getSecretValue = operation<GetSecretValueCommand>(GetSecretValue$, {
  authorize: authorizeSecret("secretsmanager:GetSecretValue"),
  async handle({ input, ctx }) {
    const secret = await usableSecret(ctx.db, ctx, input.SecretId);
    const stage = input.VersionStage || (input.VersionId ? null : CURRENT);
    const version = (await listSecretVersions(ctx.db, secret.id)).find(
      (row) =>
        (!input.VersionId || row.versionId === input.VersionId) &&
        (stage === null || row.stages.includes(stage)),
    );
    if (!version) {
      throw secretErrors.noValue(
        input.VersionId ? `VersionId: ${input.VersionId}` : `staging label: ${stage}`,
      );
    }
    return {
      ARN: secretArn(ctx.scope, secret),
      Name: secret.name,
      VersionId: version.versionId,
      ...openValue(ctx, secret.id, version),
      VersionStages: [...version.stages],
      CreatedDate: version.createdAt,
    };
  },
});
