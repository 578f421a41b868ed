/** Every operation of the certificate manager this server performs, by its AWS name. */
import { addTagsToCertificate } from "./add-tags-to-certificate.ts";
import { deleteCertificate } from "./delete-certificate.ts";
import { describeCertificate } from "./describe-certificate.ts";
import { getCertificate } from "./get-certificate.ts";
import { importCertificate } from "./import-certificate.ts";
import { listCertificates } from "./list-certificates.ts";
import { listTagsForCertificate } from "./list-tags-for-certificate.ts";
import { removeTagsFromCertificate } from "./remove-tags-from-certificate.ts";
import { requestCertificate } from "./request-certificate.ts";

export const operations = {
  AddTagsToCertificate: addTagsToCertificate,
  DeleteCertificate: deleteCertificate,
  DescribeCertificate: describeCertificate,
  GetCertificate: getCertificate,
  ImportCertificate: importCertificate,
  ListCertificates: listCertificates,
  ListTagsForCertificate: listTagsForCertificate,
  RemoveTagsFromCertificate: removeTagsFromCertificate,
  RequestCertificate: requestCertificate,
} as const;
