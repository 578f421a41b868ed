/** ecr:GetAuthorizationToken. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
import { GetAuthorizationToken$, type GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { REGISTRY_TOKEN_LIFE_MS, REGISTRY_USER, sealRegistryToken } from "@roadstead/db/registry-tokens";
import { operation } from "../operation.ts";

export const getAuthorizationToken = operation<GetAuthorizationTokenCommand>(GetAuthorizationToken$, {
  authorize: () => ({ action: "ecr:GetAuthorizationToken", resource: "*" }),
  async handle({ input, ctx }) {
    const { accountId, accessKeyId, sessionToken } = ctx.caller;
    const expiresAtMs = Date.now() + REGISTRY_TOKEN_LIFE_MS;
    const holder = { accountId, accessKeyId, sessionToken, expiresAtMs };
    const password = sealRegistryToken(ctx.registryTokens, holder);
    const authorization = {
      authorizationToken: Buffer.from(`${REGISTRY_USER}:${password}`).toString("base64"),
      expiresAt: new Date(expiresAtMs),
      proxyEndpoint: `http://${ctx.settings.registry.host}`,
    };
    // One password is good for every registry its holder may use, and all of them answer at one address.
    return { authorizationData: (input.registryIds ?? [accountId]).map(() => ({ ...authorization })) };
  },
});
