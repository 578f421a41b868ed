/** What other machines compare to know the control plane: the authority's fingerprint and the pin of the server key. */
import { createHash, createPublicKey, X509Certificate } from "node:crypto";

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes);

/** SHA-256 of the certificate, base64url. */
export const certificateFingerprint = (certificatePem: string): string =>
  sha256(new X509Certificate(certificatePem).raw).digest("base64url");

/** As `curl --pinnedpubkey` takes it: the key stays while certificates come and go. */
export const publicKeyPin = (keyPem: string): string =>
  `sha256//${sha256(createPublicKey(keyPem).export({ type: "spki", format: "der" })).digest("base64")}`;
