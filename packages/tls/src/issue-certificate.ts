/** Issues a certificate for domain names, with a key of its own, by the installation's authority; the certificate manager calls it. */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { AuthorityMaterial } from "@roadstead/db/certificate-authority";
import { signCertificate } from "./certificates.ts";

const generate = promisify(generateKeyPair);
/** As long as browsers take one. */
const DAYS = 395;
/** The longest a common name may be. */
const COMMON_NAME_MAX_CHARS = 64;

const KEYS = {
  RSA_2048: () => generate("rsa", { modulusLength: 2_048 }),
  EC_prime256v1: () => generate("ec", { namedCurve: "prime256v1" }),
  EC_secp384r1: () => generate("ec", { namedCurve: "secp384r1" }),
} as const satisfies Record<string, () => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>>;

export type IssuedKeyAlgorithm = keyof typeof KEYS;

export const issuesKeyAlgorithm = (name: string): name is IssuedKeyAlgorithm => Object.hasOwn(KEYS, name);

export interface IssuedCertificate {
  readonly certificatePem: string;
  /** The authority's certificate. */
  readonly chainPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

export async function issueCertificate(
  authority: AuthorityMaterial,
  wanted: {
    /** The first is the one that the certificate is called by. */
    readonly names: readonly [string, ...string[]];
    readonly keyAlgorithm: IssuedKeyAlgorithm;
    readonly now: Date;
  },
): Promise<IssuedCertificate> {
  const { names, now } = wanted;
  const { publicKey, privateKey } = await KEYS[wanted.keyAlgorithm]();
  const certificatePem = await signCertificate(authority, {
    commonName: names[0].slice(0, COMMON_NAME_MAX_CHARS),
    names,
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    days: DAYS,
    now,
  });
  const keyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem, chainPem: authority.certificatePem, keyPem };
}
