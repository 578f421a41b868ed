/** elasticloadbalancing:AddListenerCertificates. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html */
import {
  AddListenerCertificates$,
  type AddListenerCertificatesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateListener } from "@roadstead/db/listeners";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { usableCertificates } from "./listener-certificates.ts";
import { heldListener } from "./subject.ts";

/** Beside the default one. */
const CERTIFICATES_MAX = 25;

export const addListenerCertificates = operation<AddListenerCertificatesCommand>(AddListenerCertificates$, {
  authorize: ({ input, ctx }) => onResource(ctx, "AddListenerCertificates", input.ListenerArn),
  handle: ({ input, ctx }) =>
    ctx.db.write(async (tx) => {
      const arn = input.ListenerArn ?? "";
      const { listener } = await heldListener(tx, ctx, arn);
      if (!input.Certificates?.length) throw elbErrors.validation("A certificate must be specified");
      if (listener.protocol !== "HTTPS") {
        throw elbErrors.invalidConfiguration("A certificate cannot be specified for HTTP listeners");
      }
      const added = await usableCertificates(tx, ctx, input.Certificates);
      const [first = "", ...others] = listener.certificates;
      const now = [...new Set([...others, ...added])];
      if (now.length > CERTIFICATES_MAX) throw elbErrors.tooManyCertificates(arn, CERTIFICATES_MAX);
      await updateListener(tx, { ...listener, certificates: [first, ...now] });
      return { Certificates: added.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) };
    }),
});
