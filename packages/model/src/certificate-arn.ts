/** Builds and reads the ARNs of certificates; the certificate manager and load balancing call this. */
import { type Arn, type Place, parseArn } from "./arn.ts";

export type CertificateArn = Arn<"certificate">;

export const certificateArn = ({ accountId, region }: Place, id: string) =>
  `arn:aws:acm:${region}:${accountId}:certificate/${id}` as CertificateArn;

/** Null when the text is no certificate's ARN. */
export function parseCertificateArn(text: string): { readonly place: Place; readonly id: string } | null {
  const arn = parseArn(text);
  const [kind, id, ...rest] = arn?.resource.split("/") ?? [];
  if (arn?.service !== "acm" || kind !== "certificate" || !id || rest.length > 0) return null;
  return { place: { accountId: arn.accountId, region: arn.region }, id };
}
