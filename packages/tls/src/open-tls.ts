/**
 * Opens this process's identity towards other machines: the installation's authority, and a server certificate that is
 * renewed in place. Services with a TLS port call it once and make their servers with `createTlsServer`:
 *
 *     const tls = await openTls({ config, db, masterKeys, log });   // null without ROADSTEAD_TLS_LISTEN_HOST
 *     const server = tls && createTlsServer(tls, { connectionsMax: 1_000 }, (request, response) => …);
 *     server?.listen(config.ROADSTEAD_TLS_REGISTRY_PORT, tls.listenHost);
 *     // at the end: server.close(), then tls.stop()
 */
import type { SecureContextOptions } from "node:tls";
import { ensureCertificateAuthority } from "@roadstead/db/certificate-authority";
import type { Db } from "@roadstead/db/connect";
import { createSecretBox, type MasterKey } from "@roadstead/db/secrets";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import { certificateNames } from "./certificate-names.ts";
import { makeAuthority, SERVER_DAYS, type ServerCertificate, signServerCertificate } from "./certificates.ts";
import { certificateFingerprint, publicKeyPin } from "./fingerprints.ts";
import type { TlsConfig } from "./tls-config.ts";

const CHECK_MS = 60_000;
/** A third of its life is left to notice that renewing fails. */
const RENEW_BEFORE_MS = (SERVER_DAYS / 3) * 24 * 60 * 60_000;

/** A server whose certificate is kept fresh. */
export interface RenewableServer {
  setSecureContext(options: SecureContextOptions): void;
  once(event: "close", listener: () => void): unknown;
}

export interface TlsIdentity {
  readonly listenHost: string;
  readonly authorityPem: string;
  /** SHA-256 of the authority's certificate, base64url: what a join token carries. */
  readonly fingerprint: string;
  /** The server key's pin, as curl takes it. */
  readonly keyPin: string;
  /** Whether the certificate is good for that name or address. */
  isName(name: string): boolean;
  /** What a new server starts with. */
  secureOptions(): SecureContextOptions;
  /** Gives the server each new certificate; connections that are open stay. */
  keepFresh(server: RenewableServer): void;
  /** Looks now whether the certificate must be renewed. The loop calls it every minute. */
  renew(): Promise<void>;
  stop(): Promise<void>;
}

export interface TlsDeps {
  readonly db: Pick<Db, "query" | "write">;
  readonly masterKeys: readonly MasterKey[];
  readonly log: Logger;
  readonly now?: () => Date;
  readonly machineAddresses?: () => readonly string[];
}

/** The installation's authority, made at its first use. */
export const loadAuthority = ({ db, masterKeys, now = () => new Date() }: Omit<TlsDeps, "log">) =>
  ensureCertificateAuthority(db, createSecretBox(masterKeys, "certificate-authority"), () =>
    makeAuthority(now()),
  );

/** Null when no TLS port is wanted. */
export async function openTls(deps: TlsDeps & { readonly config: TlsConfig }): Promise<TlsIdentity | null> {
  const { config, log, machineAddresses, now = () => new Date() } = deps;
  const listenHost = config.ROADSTEAD_TLS_LISTEN_HOST;
  if (listenHost === undefined) return null;
  const authority = await loadAuthority(deps);
  const wanted = () =>
    certificateNames({
      listenHost,
      names: config.ROADSTEAD_TLS_NAMES,
      ...(machineAddresses ? { machineAddresses } : {}),
    });
  const servers = new Set<RenewableServer>();
  let names = wanted();
  let certificate = await signServerCertificate(authority, { names, now: now() });
  const renew = async () => {
    const next = wanted();
    const isSame = next.join() === names.join();
    if (isSame && certificate.expiresAt.getTime() - now().getTime() > RENEW_BEFORE_MS) return;
    certificate = await signServerCertificate(authority, { names: next, now: now() });
    names = next;
    for (const server of servers) server.setSecureContext(secureOptions(certificate));
    log.info({ op: "tls.renewed", names, expiresAt: certificate.expiresAt }, "server certificate renewed");
  };
  const loop: Loop = startLoop({ name: "tls.renew", everyMs: CHECK_MS, log, run: renew });
  return {
    listenHost,
    authorityPem: authority.certificatePem,
    fingerprint: certificateFingerprint(authority.certificatePem),
    keyPin: publicKeyPin(authority.serverKeyPem),
    isName: (name) => names.includes(name),
    secureOptions: () => secureOptions(certificate),
    keepFresh(server) {
      servers.add(server);
      server.once("close", () => servers.delete(server));
    },
    renew,
    stop: () => loop.stop(),
  };
}

const secureOptions = ({ chainPem, keyPem }: ServerCertificate): SecureContextOptions => ({
  cert: chainPem,
  key: keyPem,
  minVersion: "TLSv1.2",
});
