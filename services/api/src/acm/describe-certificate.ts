/** acm:DescribeCertificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html */
import { DescribeCertificate$, type DescribeCertificateCommand } from "@aws-sdk/client-acm";
import { balancersShowing } from "@roadstead/db/certificates";
import { loadBalancerArn } from "@roadstead/model/balancer-arn";
import { operation } from "../operation.ts";
import { renderDetail } from "./render.ts";
import { authorizeCertificate, existingCertificate } from "./subject.ts";

export const describeCertificate = operation<DescribeCertificateCommand>(DescribeCertificate$, {
  authorize: authorizeCertificate("DescribeCertificate"),
  handle: ({ input, ctx }) =>
    ctx.db.read(async (tx) => {
      const row = await existingCertificate(tx, ctx, input.CertificateArn);
      const balancers = await balancersShowing(tx, input.CertificateArn ?? "");
      const usedBy = balancers.map((balancer) => loadBalancerArn(ctx.scope, balancer));
      return { Certificate: renderDetail(ctx, row, { now: new Date(), usedBy }) };
    }),
});
