/** secretsmanager:GetResourcePolicy. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html */
import { GetResourcePolicy$, type GetResourcePolicyCommand } from "@aws-sdk/client-secrets-manager";
import { operation } from "../operation.ts";
import { authorizeSecret, secretArn, usableSecret } from "./subject.ts";

export const getResourcePolicy = operation<GetResourcePolicyCommand>(GetResourcePolicy$, {
  authorize: authorizeSecret("secretsmanager:GetResourcePolicy"),
  // There never is one: none can be put.
  async handle({ input, ctx }) {
    const secret = await usableSecret(ctx.db, ctx, input.SecretId);
    return { ARN: secretArn(ctx.scope, secret), Name: secret.name };
  },
});
