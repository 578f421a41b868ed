/** Reads a certificate, its key and those that vouch for it, refusing what does not belong together; imports and answers call it. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { CertificateRow } from "@roadstead/db/certificates";
import { acmErrors } from "./errors.ts";

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

export interface ReadCertificate
  extends Pick<
    CertificateRow,
    "domainName" | "names" | "keyAlgorithm" | "certificatePem" | "chainPem" | "notBefore" | "notAfter"
  > {
  /** PKCS #8. */
  readonly keyPem: string;
}

export function readCertificate(given: {
  readonly certificate: Uint8Array | undefined;
  readonly key: Uint8Array | undefined;
  readonly chain: Uint8Array | undefined;
  readonly now: Date;
}): ReadCertificate {
  const [certificatePem, ...more] = blocks(given.certificate);
  if (certificatePem === undefined || more.length > 0) {
    throw acmErrors.validation("The certificate field must contain exactly one certificate in PEM format.");
  }
  const certificate = parse(certificatePem);
  const key = readKey(given.key);
  if (!certificate.checkPrivateKey(key)) {
    throw acmErrors.validation("The private key does not match the certificate.");
  }
  const [notBefore, notAfter] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (notAfter <= given.now) throw acmErrors.validation("The certificate has expired.");
  if (notBefore > given.now) throw acmErrors.validation("The certificate is not yet valid.");
  const chain = given.chain?.length ? blocks(given.chain) : [];
  checkChain(certificate, chain.map(parse), given.chain);
  const names = namesOf(certificate);
  return {
    domainName: commonNameOf(certificate) ?? names[0] ?? "",
    names,
    keyAlgorithm: keyAlgorithmOf(createPublicKey(key)),
    certificatePem: `${certificatePem}\n`,
    chainPem: chain.length > 0 ? `${chain.join("\n")}\n` : null,
    keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
    notBefore,
    notAfter,
  };
}

const blocks = (pem: Uint8Array | undefined): readonly string[] =>
  Buffer.from(pem ?? [])
    .toString("latin1")
    .match(BLOCK) ?? [];

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw acmErrors.validation("The certificate is not in PEM format or cannot be read.");
  }
}

function readKey(pem: Uint8Array | undefined): KeyObject {
  try {
    return createPrivateKey(Buffer.from(pem ?? []));
  } catch {
    throw acmErrors.validation("The private key is not supported: it must be in PEM format and unencrypted.");
  }
}

/** Each vouches for the one before. */
function checkChain(
  certificate: X509Certificate,
  chain: readonly X509Certificate[],
  given: Uint8Array | undefined,
): void {
  if (given?.length && chain.length === 0) {
    throw acmErrors.validation("The certificate chain is not in PEM format.");
  }
  let subject = certificate;
  for (const issuer of chain) {
    if (!subject.checkIssued(issuer) || !subject.verify(issuer.publicKey)) {
      throw acmErrors.validation(
        "Could not validate the certificate with the certificate chain: each must be issued by the next.",
      );
    }
    subject = issuer;
  }
}

export const commonNameOf = ({ subject }: Pick<X509Certificate, "subject">): string | null =>
  /^CN=(.+)$/m.exec(subject ?? "")?.[1] ?? null;

/** DNS names only, as AWS shows them; without any, the common name. */
function namesOf(certificate: X509Certificate): readonly string[] {
  const listed = (certificate.subjectAltName ?? "").split(", ");
  const names = listed.flatMap((name) => (name.startsWith("DNS:") ? [name.slice("DNS:".length)] : []));
  const commonName = commonNameOf(certificate);
  return names.length > 0 || commonName === null ? names : [commonName];
}

const RSA_BITS = [1_024, 2_048, 3_072, 4_096];
const CURVES: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

function keyAlgorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa" && RSA_BITS.includes(modulusLength)) return `RSA_${modulusLength}`;
  if (asymmetricKeyType === "ec" && CURVES.includes(namedCurve)) return `EC_${namedCurve}`;
  throw acmErrors.validation("The key algorithm of the certificate is not supported.");
}
