/** Certificates that listeners are to show: found, tried and kept from being deleted; whatever gives a listener one calls this. */
import { createSecureContext } from "node:tls";
import type { Certificate } from "@aws-sdk/client-elastic-load-balancing-v2";
import { shareCertificates } from "@roadstead/db/certificates";
import type { WriteTx } from "@roadstead/db/connect";
import { parseCertificateArn } from "@roadstead/model/certificate-arn";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";

/** Their ARNs, each once, in the order given. */
export async function usableCertificates(
  tx: WriteTx,
  ctx: ApiContext,
  given: readonly Certificate[],
): Promise<readonly string[]> {
  if (given.some(({ IsDefault }) => IsDefault !== undefined)) {
    throw elbErrors.validation("IsDefault cannot be specified for a certificate");
  }
  const arns = [...new Set(given.map(({ CertificateArn }) => CertificateArn ?? ""))];
  const ids = new Map(arns.map((arn) => [arn, ownId(ctx, arn)]));
  const rows = await shareCertificates(tx, ctx.scope.id, [...ids.values()]);
  for (const arn of arns) {
    const row = rows.find(({ id }) => id === ids.get(arn));
    if (!row) throw elbErrors.certificateNotFound(arn);
    if (!isUsable(`${row.certificatePem}${row.chainPem ?? ""}`)) throw elbErrors.unsupportedCertificate(arn);
  }
  return arns;
}

/** What no certificate of this account and region has as id, if it is another's. */
function ownId({ scope }: ApiContext, arn: string): string {
  const parsed = parseCertificateArn(arn);
  const isOwn = parsed?.place.accountId === scope.accountId && parsed.place.region === scope.region;
  return parsed && isOwn ? parsed.id : "";
}

/** OpenSSL refuses keys that are too short and digests that are broken. */
function isUsable(chainPem: string): boolean {
  try {
    createSecureContext({ cert: chainPem });
    return true;
  } catch {
    return false;
  }
}
