/** acm:AddTagsToCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_AddTagsToCertificate.html */
import { AddTagsToCertificate$, type AddTagsToCertificateCommand } from "@aws-sdk/client-acm";
import { setCertificateTags } from "@roadstead/db/certificates";
import { operation } from "../operation.ts";
import { authorizeCertificate, heldCertificate } from "./subject.ts";
import { readTags, withTags } from "./tags.ts";

export const addTagsToCertificate = operation<AddTagsToCertificateCommand>(AddTagsToCertificate$, {
  authorize: authorizeCertificate("AddTagsToCertificate"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const row = await heldCertificate(tx, ctx, input.CertificateArn);
      await setCertificateTags(tx, row.id, withTags(row.tags, readTags(input.Tags)));
      return {};
    }),
});
