/**
 * Makes certificates: the authority's own once, and a short-lived one for each server. `openTls` calls this. Written with
 * `@peculiar/x509`, which is kept up and signs with the platform's own WebCrypto, since Node reads certificates but makes none.
 */
import { createPrivateKey, createPublicKey, randomBytes, type webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { AuthorityMaterial } from "@roadstead/db/certificate-authority";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 60 * 60_000;
/** An authority outlives every machine that trusts it. */
const AUTHORITY_DAYS = 3_650;
export const SERVER_DAYS = 30;
/** Clocks of other machines may be behind. */
const BACKDATED_MS = 60 * 60_000;

export interface ServerCertificate {
  /** The server's, then the authority's. */
  readonly chainPem: string;
  readonly keyPem: string;
  readonly expiresAt: Date;
}

export async function makeAuthority(now: Date): Promise<AuthorityMaterial> {
  const x509 = await loadX509();
  const keys = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const server = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Roadstead certificate authority",
    serialNumber: serialNumber(),
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: P256,
    keys,
    extensions: [
      // It signs servers and no further authorities.
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificatePem: `${certificate.toString("pem")}\n`,
    keyPem: await exportKey(keys.privateKey),
    serverKeyPem: await exportKey(server.privateKey),
  };
}

/** Good for the names and addresses given, which are those that other machines call. */
export async function signServerCertificate(
  authority: AuthorityMaterial,
  { names, now }: { readonly names: readonly string[]; readonly now: Date },
): Promise<ServerCertificate> {
  const publicKeyPem = createPublicKey(authority.serverKeyPem).export({ type: "spki", format: "pem" });
  const certificatePem = await signCertificate(authority, {
    commonName: "Roadstead",
    names,
    publicKeyPem: publicKeyPem.toString(),
    days: SERVER_DAYS,
    now,
  });
  return {
    chainPem: `${certificatePem}${authority.certificatePem}`,
    keyPem: authority.serverKeyPem,
    expiresAt: new Date(now.getTime() + SERVER_DAYS * DAY_MS),
  };
}

export interface CertificateRequest {
  readonly commonName: string;
  /** DNS names and addresses. */
  readonly names: readonly string[];
  readonly publicKeyPem: string;
  readonly days: number;
  readonly now: Date;
}

/** A server's certificate for any key, as PEM without the authority's. */
export async function signCertificate(
  authority: AuthorityMaterial,
  { commonName, names, publicKeyPem, days, now }: CertificateRequest,
): Promise<string> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const publicKey = createPublicKey(publicKeyPem);
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  const isRsa = publicKey.asymmetricKeyType === "rsa";
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [commonName] }],
    issuer: issuer.subject,
    serialNumber: serialNumber(),
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
    signingAlgorithm: P256,
    publicKey: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    signingKey: await importKey(authority.keyPem),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(isRsa ? digitalSignature | keyEncipherment : digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

/** Read only by a process that signs; it wants its metadata in the global scope first. */
async function loadX509() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** Positive, as serial numbers must be. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", key));
  const exported = createPrivateKey({ key: der, type: "pkcs8", format: "der" });
  return exported.export({ type: "pkcs8", format: "pem" }).toString();
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return crypto.subtle.importKey("pkcs8", new Uint8Array(der), P256, false, ["sign"]);
}
