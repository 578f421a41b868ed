import { expect, test } from "vitest";
import { DEFAULT_SSL_POLICY, findSslPolicy, SSL_POLICIES } from "./ssl-policy.ts";

test("policies are as AWS documents them", () => {
  expect(findSslPolicy("ELBSecurityPolicy-TLS13-1-2-2021-06")).toEqual({
    name: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    protocols: ["TLSv1.3", "TLSv1.2"],
    ciphers: [
      "TLS_AES_128_GCM_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_CHACHA20_POLY1305_SHA256",
      "ECDHE-ECDSA-AES128-GCM-SHA256",
      "ECDHE-RSA-AES128-GCM-SHA256",
      "ECDHE-ECDSA-AES128-SHA256",
      "ECDHE-RSA-AES128-SHA256",
      "ECDHE-ECDSA-AES256-GCM-SHA384",
      "ECDHE-RSA-AES256-GCM-SHA384",
      "ECDHE-ECDSA-AES256-SHA384",
      "ECDHE-RSA-AES256-SHA384",
    ],
  });
  expect(findSslPolicy(DEFAULT_SSL_POLICY)?.protocols).toEqual(["TLSv1.2", "TLSv1.1", "TLSv1"]);
  expect(findSslPolicy(DEFAULT_SSL_POLICY)?.ciphers).toHaveLength(18);
  expect(findSslPolicy("ELBSecurityPolicy-TLS13-1-2-Res-2021-06")?.ciphers).toHaveLength(7);
});

test("every policy has a name of its own, and ciphers of TLS 1.3 exactly when it speaks it", () => {
  expect(new Set(SSL_POLICIES.map(({ name }) => name)).size).toBe(SSL_POLICIES.length);
  for (const { protocols, ciphers } of SSL_POLICIES) {
    expect(ciphers.some((cipher) => cipher.startsWith("TLS_"))).toBe(protocols.includes("TLSv1.3"));
    expect(ciphers.some((cipher) => !cipher.startsWith("TLS_"))).toBe(protocols.includes("TLSv1.2"));
  }
});
