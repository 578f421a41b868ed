/** Finds out who asks: opens the password of a request and resolves the access key that it stands for. */
import type { Actor } from "@roadstead/access/authorize";
import { insecurePrincipal } from "@roadstead/access/insecure";
import { type KeyHolder, resolveAccessKey } from "@roadstead/db/access-keys";
import type { Db } from "@roadstead/db/connect";
import { openRegistryToken, REGISTRY_USER, type RegistryToken } from "@roadstead/db/registry-tokens";
import { resolveSession } from "@roadstead/db/role-sessions";
import type { SecretBox } from "@roadstead/db/secrets";
import { createLastingCache, type DatabaseHealth } from "./lasting-cache.ts";
import { denied, type RegistryError } from "./registry-error.ts";

const TOKENS_MAX = 10_000;
const HOLDERS_MAX = 10_000;

export type Authenticate = (authorization: string | undefined) => Promise<Actor | "unknown">;

export interface AuthenticatorOptions {
  readonly db: Pick<Db, "query">;
  /** Opens passwords. */
  readonly tokens: SecretBox;
  /** Opens access keys. */
  readonly secrets: SecretBox;
  readonly mode: "sigv4" | "insecure";
  readonly health: DatabaseHealth;
  readonly firstAccountId: string;
  readonly now: () => number;
}

/**
 * While PostgreSQL is away the last known holder of a key is believed until the password ends; a key that is known to
 * be revoked or inactive never is. Throws for a password that has ended.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const { db, secrets, now } = options;
  const open = createTokenOpener(options.tokens);
  const holders = createLastingCache<KeyHolder>({ entriesMax: HOLDERS_MAX, health: options.health });
  return async (authorization) => {
    const given = parseBasic(authorization);
    if (options.mode === "insecure") return anyone(given, open, options.firstAccountId);
    const token = given && open(given.password);
    if (!given || !token || given.user !== REGISTRY_USER) return "unknown";
    if (token.expiresAtMs <= now()) throw expired();
    const { accessKeyId, sessionToken } = token;
    // A password of a session outlives the session, as at AWS, but neither its role nor its task.
    const holder = await holders.get(accessKeyId, () =>
      sessionToken === null
        ? resolveAccessKey(db, secrets, accessKeyId)
        : resolveSession(db, secrets, { accessKeyId, sessionToken }),
    );
    if (holder?.status !== "Active" || holder.accountId !== token.accountId) return "unknown";
    return holder;
  };
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function parseBasic(authorization: string | undefined): Credentials | null {
  const [, encoded = ""] = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? "") ?? [];
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Clients send the same password with each request: it is opened once. */
function createTokenOpener(box: SecretBox): (password: string) => RegistryToken | null {
  const opened = new Map<string, RegistryToken>();
  return (password) => {
    const known = opened.get(password);
    if (known) return known;
    const token = openRegistryToken(box, password);
    if (token === null) return null;
    if (opened.size >= TOKENS_MAX) opened.clear();
    opened.set(password, token);
    return token;
  };
}

/** A user name of twelve digits selects the account, as an access key of twelve does in the api. */
function anyone(
  given: Credentials | null,
  open: (password: string) => RegistryToken | null,
  firstAccountId: string,
): Actor {
  const named = given && /^\d{12}$/.test(given.user) ? given.user : undefined;
  const accountId = named ?? (given ? open(given.password)?.accountId : undefined) ?? firstAccountId;
  return { accountId, principal: insecurePrincipal(accountId) };
}

const expired = (): RegistryError =>
  denied("Your authorization token has expired. Reauthenticate and try again.");
