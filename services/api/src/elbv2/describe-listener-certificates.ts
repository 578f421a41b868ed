/** elasticloadbalancing:DescribeListenerCertificates. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerCertificates.html */
import {
  DescribeListenerCertificates$,
  type DescribeListenerCertificatesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { loadElbPage } from "./page.ts";
import { existingListener } from "./subject.ts";

export const describeListenerCertificates = operation<DescribeListenerCertificatesCommand>(
  DescribeListenerCertificates$,
  {
    authorize: describing("DescribeListenerCertificates"),
    async handle({ input, ctx }) {
      const { certificates } = await existingListener(ctx.db, ctx, input.ListenerArn);
      const [first, ...others] = certificates;
      const all = [
        ...(first === undefined ? [] : [{ CertificateArn: first, IsDefault: true }]),
        ...others.toSorted().map((CertificateArn) => ({ CertificateArn, IsDefault: false })),
      ];
      const { rows, NextMarker } = await loadElbPage({
        ctx,
        operation: "DescribeListenerCertificates",
        filter: input.ListenerArn,
        input,
        load: async (after, limit) => {
          const from = after === "" ? 0 : all.findIndex((one) => placeOf(one) === after) + 1;
          return all.slice(from, from + limit);
        },
        keyOf: placeOf,
      });
      return { Certificates: [...rows], NextMarker };
    },
  },
);

const placeOf = (one: { readonly CertificateArn: string; readonly IsDefault: boolean }) =>
  `${one.IsDefault} ${one.CertificateArn}`;
