/** elasticloadbalancing:RemoveListenerCertificates. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveListenerCertificates.html */
import {
  RemoveListenerCertificates$,
  type RemoveListenerCertificatesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { updateListener } from "@roadstead/db/listeners";
import { operation } from "../operation.ts";
import { onResource } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { heldListener } from "./subject.ts";

export const removeListenerCertificates = operation<RemoveListenerCertificatesCommand>(
  RemoveListenerCertificates$,
  {
    authorize: ({ input, ctx }) => onResource(ctx, "RemoveListenerCertificates", input.ListenerArn),
    handle: ({ input, ctx }) =>
      ctx.db.write(async (tx) => {
        const { listener } = await heldListener(tx, ctx, input.ListenerArn);
        if (!input.Certificates?.length) throw elbErrors.validation("A certificate must be specified");
        const gone = new Set(input.Certificates.map(({ CertificateArn }) => CertificateArn));
        const [first, ...others] = listener.certificates;
        if (first !== undefined && gone.has(first) && !others.includes(first)) {
          throw elbErrors.notPermitted("The default certificate of a listener cannot be removed");
        }
        const kept = others.filter((arn) => !gone.has(arn));
        if (kept.length < others.length) {
          await updateListener(tx, {
            ...listener,
            certificates: [...listener.certificates.slice(0, 1), ...kept],
          });
        }
        return {};
      }),
  },
);
