/** Seals the passwords that ECR hands out and opens them again; GetAuthorizationToken and the registry call this. */
import type { SecretBox } from "./secrets.ts";

/** How long AWS lets a password live. */
export const REGISTRY_TOKEN_LIFE_MS = 12 * 60 * 60 * 1_000;
/** The user name that goes with every password. */
export const REGISTRY_USER = "AWS";
/** Passwords and nothing else that the same master key seals. */
export const REGISTRY_TOKENS_PURPOSE = "registry-tokens";
const CONTEXT = "registry";

/** Whom a password stands for: the access key that asked for it, whose holder is looked up anew at each request. */
export interface RegistryToken {
  readonly accountId: string;
  readonly accessKeyId: string;
  /** What the key came with where it was a role's session's. */
  readonly sessionToken: string | null;
  readonly expiresAtMs: number;
}

/** `box` is made for `REGISTRY_TOKENS_PURPOSE`. */
export const sealRegistryToken = (box: SecretBox, token: RegistryToken): string =>
  box.seal(
    JSON.stringify([token.accountId, token.accessKeyId, token.expiresAtMs, token.sessionToken]),
    CONTEXT,
  );

/** Null for anything that was not sealed by us. An expired one opens: its answer differs from that to a forged one. */
export function openRegistryToken(box: SecretBox, sealed: string): RegistryToken | null {
  const plain = box.open(sealed, CONTEXT);
  if (plain === null) return null;
  // The release before had no sessions.
  const [accountId, accessKeyId, expiresAtMs, sessionToken = null] = JSON.parse(plain) as [
    string,
    string,
    number,
    (string | null)?,
  ];
  return { accountId, accessKeyId, sessionToken, expiresAtMs };
}
