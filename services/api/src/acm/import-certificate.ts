/** acm:ImportCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html */
import { ImportCertificate$, type ImportCertificateCommand } from "@aws-sdk/client-acm";
import {
  insertCertificate,
  listCertificates,
  replaceCertificate,
  takeTurn,
} from "@roadstead/db/certificates";
import { certificateArn } from "@roadstead/model/certificate-arn";
import { newUuid } from "@roadstead/service-kit/ids";
import { operation } from "../operation.ts";
import { acmErrors } from "./errors.ts";
import { CERTIFICATES_MAX } from "./limits.ts";
import { readCertificate } from "./read-certificate.ts";
import { authorizeCertificate, heldCertificate } from "./subject.ts";
import { readTags } from "./tags.ts";

export const importCertificate = operation<ImportCertificateCommand>(ImportCertificate$, {
  authorize: authorizeCertificate("ImportCertificate"),
  async handle({ input, ctx }) {
    const { keyPem, ...read } = readCertificate({
      certificate: input.Certificate,
      key: input.PrivateKey,
      chain: input.CertificateChain,
      now: new Date(),
    });
    const contentFor = (id: string) => ({ ...read, sealedKey: ctx.certificateKeys.seal(keyPem, id) });
    const tags = readTags(input.Tags);
    const id = await ctx.db.write(async (tx) => {
      if (input.CertificateArn === undefined) {
        await takeTurn(tx, ctx.scope.id);
        if ((await listCertificates(tx, ctx.scope.id)).length >= CERTIFICATES_MAX) {
          throw acmErrors.limitExceeded(CERTIFICATES_MAX);
        }
        const made = newUuid();
        const place = { id: made, scopeId: ctx.scope.id, type: "IMPORTED", clientToken: null } as const;
        await insertCertificate(tx, { ...contentFor(made), ...place, tags });
        return made;
      }
      if (tags.length > 0) {
        throw acmErrors.validation("Tags cannot be given when a certificate is imported again.");
      }
      const present = await heldCertificate(tx, ctx, input.CertificateArn);
      if (present.type !== "IMPORTED") {
        throw acmErrors.validation("Only a certificate that was imported can be imported again.");
      }
      await replaceCertificate(tx, present.id, contentFor(present.id));
      return present.id;
    });
    return { CertificateArn: certificateArn(ctx.scope, id) };
  },
});
