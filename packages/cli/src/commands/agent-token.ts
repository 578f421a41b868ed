/** `roadstead agent token`: makes a join token and prints the one line to run on the other machine. */
import { readFileSync } from "node:fs";
import { FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { createJoinToken } from "@roadstead/db/join-tokens";
import { findScope } from "@roadstead/db/scopes";
import { parseMasterKeys } from "@roadstead/db/secrets";
import { certificateNames, urlHost } from "@roadstead/tls/certificate-names";
import { certificateFingerprint, publicKeyPin } from "@roadstead/tls/fingerprints";
import { loadAuthority } from "@roadstead/tls/open-tls";
import type { Flags } from "../arguments.ts";
import { databaseUrl, withDb } from "../database.ts";
import { shellQuote } from "../exports.ts";
import { Failure } from "../failure.ts";
import { dataFiles } from "../files.ts";
import { encodeJoinToken } from "../join-token.ts";
import { say } from "../progress.ts";
import type { Settings } from "../settings.ts";
import { requireStack } from "../stack.ts";

const DEFAULT_TTL = "1h";
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TTL_MAX_MS = 30 * 86_400_000;
const CLUSTER_NAME = /^[A-Za-z0-9_-]{1,255}$/;
/** Addresses that a token carries, so that its line stays one. */
const ADDRESSES_MAX = 4;

export async function agentToken(flags: Flags): Promise<void> {
  const { settings, remembered } = requireStack();
  const wanted = {
    ttlMs: parseTtl(textOf(flags.ttl) ?? DEFAULT_TTL),
    accountId: textOf(flags.account) ?? FIRST_ACCOUNT_ID,
    region: textOf(flags.region) ?? settings.regions[0] ?? "us-east-1",
    clusterName: textOf(flags.cluster) ?? "default",
  };
  if (!CLUSTER_NAME.test(wanted.clusterName)) throw new Failure(`"${wanted.clusterName}" is no cluster name`);
  const hosts = hostsFor(settings);
  const { token, expiresAt, keyPin } = await withDb(databaseUrl(settings, remembered), async (db) => {
    const scope = await findScope(db, wanted);
    if (!scope) throw new Failure(`account ${wanted.accountId} is not in region ${wanted.region} here`);
    const masterKeys = parseMasterKeys(readFileSync(dataFiles(settings.dataDir).masterKey, "utf8"));
    const authority = await loadAuthority({ db, masterKeys });
    const made = await db.write((tx) => createJoinToken(tx, { ...wanted, scope }));
    return {
      token: encodeJoinToken({
        secret: made.secret,
        fingerprint: certificateFingerprint(authority.certificatePem),
        addresses: hosts.map((host) => `${urlHost(host)}:${settings.tlsApiPort}`),
      }),
      expiresAt: made.expiresAt,
      keyPin: publicKeyPin(authority.serverKeyPem),
    };
  });
  const url = `https://${urlHost(hosts[0] ?? "")}:${settings.tlsApiPort}/agent/install.sh`;
  say(`Run this on the other machine as root, once and before ${expiresAt.toISOString()}:`);
  process.stdout.write(`${joinLine("curl -fsSk --pinnedpubkey", { url, keyPin, token })}\n`);
  say("Without curl there:");
  say(joinLine("wget -qO- --no-check-certificate --pinnedpubkey", { url, keyPin, token }));
  say("From a checkout there:");
  say(`./roadstead agent join ${token}`);
}

/** The script runs only when all of it came, from the server whose key is pinned; without that the line fails. */
const joinLine = (
  fetchPinned: string,
  { url, keyPin, token }: { readonly url: string; readonly keyPin: string; readonly token: string },
) => `script=$(${fetchPinned} '${keyPin}' ${shellQuote(url)}) && sh -c "$script" roadstead ${token}`;

function hostsFor(settings: Settings): readonly string[] {
  if (settings.tlsListenHost === null) {
    throw new Failure(
      "the control plane listens on this machine alone",
      "./roadstead up --listen ADDRESS, an address of this machine that the other one reaches",
    );
  }
  // Who names what others call knows better than this machine, or container, which of its addresses lead here.
  const { tlsListenHost: listenHost, tlsNames: names } = settings;
  return (names.length > 0 ? names : certificateNames({ listenHost, names })).slice(0, ADDRESSES_MAX);
}

function parseTtl(text: string): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= TTL_MAX_MS) return ms;
  throw new Failure(`--ttl must be a time up to 30d such as 30m, 1h or 2d, not "${text}"`);
}

const textOf = (flag: string | boolean | undefined): string | undefined =>
  typeof flag === "string" ? flag : undefined;
