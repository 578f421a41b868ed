/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  DescribeCertificate: "without key usages",
  ListCertificates: "by key type and status only",
  RequestCertificate:
    "issued at once by the installation's own authority, for 395 days, without proof of the domain; not renewed",
} as const;
