/** Makes an operation's context from a request: verifies the signature and resolves account, region and caller. */
import { insecurePrincipal } from "@roadstead/access/insecure";
import { awsError } from "@roadstead/aws-protocol/errors";
import { parseAuthorization } from "@roadstead/aws-protocol/parse-authorization";
import type { Route } from "@roadstead/aws-protocol/router";
import { verifySigV4 } from "@roadstead/aws-protocol/verify-sigv4";
import type { WireRequest } from "@roadstead/aws-protocol/wire";
import type { AccessKeyCache } from "@roadstead/db/access-key-cache";
import { ensureAccount } from "@roadstead/db/accounts";
import type { Db } from "@roadstead/db/connect";
import { ensureScope, findScope, type Scope } from "@roadstead/db/scopes";
import type { Caller } from "./context.ts";

export interface Authenticated {
  readonly caller: Caller;
  readonly scope: Scope;
}

export interface Authenticator {
  authenticate(request: WireRequest, route: Route, now: Date): Promise<Authenticated>;
}

export function createAuthenticator(options: {
  readonly db: Db;
  readonly keys: AccessKeyCache;
  readonly regions: readonly string[];
  readonly mode: "sigv4" | "insecure";
}): Authenticator {
  const { db, keys, regions, mode } = options;
  const scopes = createScopeCache(db, regions);
  const ensureKnown = createAccountMaker(db);
  return {
    async authenticate(request, route, now) {
      if (mode === "insecure") {
        const claim = parseAuthorization(request);
        const caller = insecureCaller(claim.accessKeyId);
        await ensureKnown(caller.accountId);
        return { caller, scope: await scopes(caller.accountId, claim.region) };
      }
      const verified = await verifySigV4(request, {
        now,
        service: route.signingName,
        lookup: async (accessKeyId, sessionToken) => {
          const holder = await keys.resolve(accessKeyId, sessionToken);
          return holder && { ...holder, active: holder.status === "Active", holder };
        },
      });
      const { accountId, accessKeyId, principal } = verified.key.holder;
      const { sessionToken } = verified;
      const caller: Caller = { accountId, accessKeyId, principal, sessionToken };
      return { caller, scope: await scopes(accountId, verified.region) };
    },
  };
}

/** For throw-away CI only: any key is good, and a 12-digit one names its account. */
function insecureCaller(accessKeyId: string): Caller {
  const accountId = /^\d{12}$/.test(accessKeyId) ? accessKeyId : "000000000000";
  return { accountId, accessKeyId, principal: insecurePrincipal(accountId), sessionToken: null };
}

/** Nobody creates the accounts that insecure callers name: their first request does. */
function createAccountMaker(db: Db) {
  const known = new Set<string>();
  return async (accountId: string): Promise<void> => {
    if (known.has(accountId)) return;
    await db.write((tx) => ensureAccount(tx, accountId, "insecure"));
    known.add(accountId);
  };
}

/** IAM and STS are signed for one region whatever region the caller works in. */
function createScopeCache(db: Db, regions: readonly string[]) {
  const known = new Map<string, Scope>();
  return async (accountId: string, region: string): Promise<Scope> => {
    if (!regions.includes(region) && region !== "us-east-1") {
      throw awsError(
        "InvalidSignatureException",
        `Credential should be scoped to a valid region, not '${region}'.`,
      );
    }
    const key = `${accountId} ${region}`;
    const cached = known.get(key);
    if (cached) return cached;
    const place = { accountId, region };
    const scope = (await findScope(db, place)) ?? (await db.write((tx) => ensureScope(tx, place)));
    known.set(key, scope);
    return scope;
  };
}
