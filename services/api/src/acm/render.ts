/** How answers show certificates. */
import { createHash, X509Certificate } from "node:crypto";
import type { CertificateDetail, CertificateSummary, DomainValidation } from "@aws-sdk/client-acm";
import type { CertificateRow } from "@roadstead/db/certificates";
import { certificateArn } from "@roadstead/model/certificate-arn";
import type { ApiContext } from "../context.ts";
import { commonNameOf } from "./read-certificate.ts";

export const statusOf = ({ notAfter }: CertificateRow, now: Date) => (notAfter <= now ? "EXPIRED" : "ISSUED");

type Shared = Pick<
  CertificateDetail & CertificateSummary,
  | "CertificateArn"
  | "DomainName"
  | "Status"
  | "Type"
  | "NotBefore"
  | "NotAfter"
  | "CreatedAt"
  | "RenewalEligibility"
>;

const shared = ({ scope }: ApiContext, row: CertificateRow, now: Date): Shared => ({
  CertificateArn: certificateArn(scope, row.id),
  DomainName: row.domainName,
  Status: statusOf(row, now),
  Type: row.type,
  NotBefore: row.notBefore,
  NotAfter: row.notAfter,
  CreatedAt: row.createdAt,
  RenewalEligibility: "INELIGIBLE",
});

/** When it came to be what it is, under the name its type has for it. */
const since = (row: CertificateRow) =>
  row.type === "IMPORTED" ? { ImportedAt: row.renewedAt } : { IssuedAt: row.renewedAt };

export const renderSummary = (
  ctx: ApiContext,
  row: CertificateRow,
  { now, isUsed }: { readonly now: Date; readonly isUsed: boolean },
): CertificateSummary => ({
  ...shared(ctx, row, now),
  ...since(row),
  KeyAlgorithm: row.keyAlgorithm as NonNullable<CertificateSummary["KeyAlgorithm"]>,
  SubjectAlternativeNameSummaries: [...row.names],
  HasAdditionalSubjectAlternativeNames: false,
  InUse: isUsed,
  Exported: false,
});

export function renderDetail(
  ctx: ApiContext,
  row: CertificateRow,
  { now, usedBy }: { readonly now: Date; readonly usedBy: readonly string[] },
): CertificateDetail {
  const certificate = new X509Certificate(row.certificatePem);
  return {
    ...shared(ctx, row, now),
    ...since(row),
    // Unlike everywhere else ACM writes this one with a hyphen.
    KeyAlgorithm: row.keyAlgorithm.replace(/^RSA_/, "RSA-") as NonNullable<CertificateDetail["KeyAlgorithm"]>,
    SubjectAlternativeNames: [...row.names],
    Serial: certificate.serialNumber.toLowerCase().match(/../g)?.join(":"),
    Subject: certificate.subject?.split("\n").join(", "),
    Issuer: commonNameOf({ subject: certificate.issuer }) ?? undefined,
    InUseBy: [...usedBy],
    ...(row.type === "IMPORTED"
      ? {}
      : { DomainValidationOptions: row.names.map((name) => validationOf(row, name)) }),
    Options: { CertificateTransparencyLoggingPreference: "DISABLED", Export: "DISABLED" },
  } as CertificateDetail;
}

/** The authority asks for no proof; what AWS would ask for is shown as found. */
function validationOf({ id }: CertificateRow, name: string): DomainValidation {
  const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 32);
  const domain = name.replace(/^\*\./, "");
  return {
    DomainName: name,
    ValidationDomain: domain,
    ValidationStatus: "SUCCESS",
    ValidationMethod: "DNS",
    ResourceRecord: {
      Name: `_${digest(domain)}.${domain}.`,
      Type: "CNAME",
      Value: `_${digest(`${id} ${domain}`)}.acm-validations.aws.`,
    },
  };
}
