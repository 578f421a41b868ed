/** secretsmanager:DescribeSecret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
import { DescribeSecret$, type DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { listSecretVersions } from "@roadstead/db/secret-values";
import { operation } from "../operation.ts";
import { renderSecret } from "./render.ts";
import { authorizeSecret, existingSecret } from "./subject.ts";

export const describeSecret = operation<DescribeSecretCommand>(DescribeSecret$, {
  authorize: authorizeSecret("secretsmanager:DescribeSecret"),
  async handle({ input, ctx }) {
    const secret = await existingSecret(ctx.db, ctx, input.SecretId);
    const staged = (await listSecretVersions(ctx.db, secret.id)).filter(({ stages }) => stages.length > 0);
    const versions = Object.fromEntries(staged.map(({ versionId, stages }) => [versionId, [...stages]]));
    return {
      ...renderSecret(ctx, secret),
      ...(staged.length > 0 ? { VersionIdsToStages: versions } : {}),
    };
  },
});
