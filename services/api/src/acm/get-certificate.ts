/** acm:GetCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_GetCertificate.html */
import { GetCertificate$, type GetCertificateCommand } from "@aws-sdk/client-acm";
import { operation } from "../operation.ts";
import { authorizeCertificate, existingCertificate } from "./subject.ts";

export const getCertificate = operation<GetCertificateCommand>(GetCertificate$, {
  authorize: authorizeCertificate("GetCertificate"),
  async handle({ input, ctx }) {
    const { certificatePem, chainPem } = await existingCertificate(ctx.db, ctx, input.CertificateArn);
    return { Certificate: certificatePem, ...(chainPem === null ? {} : { CertificateChain: chainPem }) };
  },
});
