/** elasticloadbalancing:DescribeSSLPolicies. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeSSLPolicies.html */
import {
  DescribeSSLPolicies$,
  type DescribeSSLPoliciesCommand,
  type SslPolicy as ElbSslPolicy,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { findSslPolicy, SSL_POLICIES, type SslPolicy } from "@roadstead/model/ssl-policy";
import { operation } from "../operation.ts";
import { describing } from "./authorize.ts";
import { elbErrors } from "./errors.ts";
import { loadElbPage } from "./page.ts";
import { named } from "./selection.ts";

export const describeSslPolicies = operation<DescribeSSLPoliciesCommand>(DescribeSSLPolicies$, {
  authorize: describing("DescribeSSLPolicies"),
  async handle({ input, ctx }) {
    const names = named(input.Names);
    const missing = names?.find((name) => !findSslPolicy(name));
    if (missing !== undefined) throw elbErrors.sslPolicyNotFound(missing);
    const type = input.LoadBalancerType ?? "application";
    const all = SSL_POLICIES.filter(({ name }) => type === "application" && (names?.includes(name) ?? true));
    const { rows, NextMarker } = await loadElbPage({
      ctx,
      operation: "DescribeSSLPolicies",
      filter: [names, type],
      input,
      load: async (after, limit) => {
        const from = after === "" ? 0 : all.findIndex(({ name }) => name === after) + 1;
        return all.slice(from, from + limit);
      },
      keyOf: ({ name }) => name,
    });
    return { SslPolicies: rows.map(renderPolicy), NextMarker };
  },
});

const renderPolicy = ({ name, protocols, ciphers }: SslPolicy): ElbSslPolicy => ({
  Name: name,
  SslProtocols: [...protocols],
  Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
  SupportedLoadBalancerTypes: ["application"],
});
