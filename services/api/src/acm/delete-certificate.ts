/** acm:DeleteCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html */
import { DeleteCertificate$, type DeleteCertificateCommand } from "@aws-sdk/client-acm";
import { balancersShowing, deleteCertificate as deleteRow } from "@roadstead/db/certificates";
import { operation } from "../operation.ts";
import { acmErrors } from "./errors.ts";
import { authorizeCertificate, heldCertificate } from "./subject.ts";

export const deleteCertificate = operation<DeleteCertificateCommand>(DeleteCertificate$, {
  authorize: authorizeCertificate("DeleteCertificate"),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const arn = input.CertificateArn ?? "";
      const row = await heldCertificate(tx, ctx, arn);
      if ((await balancersShowing(tx, arn)).length > 0) throw acmErrors.inUse(arn);
      await deleteRow(tx, row.id);
      return {};
    }),
});
