/** acm:RemoveTagsFromCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_RemoveTagsFromCertificate.html */
import { RemoveTagsFromCertificate$, type RemoveTagsFromCertificateCommand } from "@aws-sdk/client-acm";
import { setCertificateTags } from "@roadstead/db/certificates";
import { operation } from "../operation.ts";
import { authorizeCertificate, heldCertificate } from "./subject.ts";
import { withoutTags } from "./tags.ts";

export const removeTagsFromCertificate = operation<RemoveTagsFromCertificateCommand>(
  RemoveTagsFromCertificate$,
  {
    authorize: authorizeCertificate("RemoveTagsFromCertificate"),
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        const row = await heldCertificate(tx, ctx, input.CertificateArn);
        await setCertificateTags(tx, row.id, withoutTags(row.tags, input.Tags));
        return {};
      }),
  },
);
