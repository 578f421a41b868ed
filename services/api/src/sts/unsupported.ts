/** Operations of STS that are not built, each with its reason; they answer a non-retryable error. */

export const unsupported = {
  AssumeRoleWithSAML: "not built yet",
  AssumeRoleWithWebIdentity: "not built yet",
  AssumeRoot: "not built yet",
  DecodeAuthorizationMessage: "not built yet",
  GetAccessKeyInfo: "not built yet",
  GetDelegatedAccessToken: "not built yet",
  GetFederationToken: "not built yet",
  GetSessionToken: "not built yet",
  GetWebIdentityToken: "not built yet",
} as const;
