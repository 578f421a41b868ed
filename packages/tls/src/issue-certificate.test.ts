import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeAuthority } from "./certificates.ts";
import { issueCertificate, issuesKeyAlgorithm } from "./issue-certificate.ts";

const now = new Date("2030-01-01T00:00:00Z");

test.each(["RSA_2048", "EC_prime256v1", "EC_secp384r1"] as const)(
  "a certificate with a key of %s is vouched for by the authority and good for each name",
  async (keyAlgorithm) => {
    const authority = await makeAuthority(now);
    const issued = await issueCertificate(authority, {
      names: ["example.com", "*.example.com"],
      keyAlgorithm,
      now,
    });
    const certificate = new X509Certificate(issued.certificatePem);
    const issuer = new X509Certificate(issued.chainPem);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.keyPem))).toBe(true);
    expect(certificate.subject).toBe("CN=example.com");
    for (const name of ["example.com", "www.example.com"]) expect(certificate.checkHost(name)).toBeDefined();
    expect(certificate.checkHost("example.org")).toBeUndefined();
    expect(certificate.ca).toBe(false);
    expect(new Date(certificate.validTo)).toEqual(new Date("2031-01-31T00:00:00Z"));
  },
);

test("a name that is longer than a common name may be is still one it is good for", async () => {
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.example.com`;
  const authority = await makeAuthority(now);
  const issued = await issueCertificate(authority, { names: [long], keyAlgorithm: "EC_prime256v1", now });
  expect(new X509Certificate(issued.certificatePem).checkHost(long)).toBe(long);
});

test("only keys that can be made are offered", () => {
  expect(["RSA_2048", "RSA_1024", "constructor"].map(issuesKeyAlgorithm)).toEqual([true, false, false]);
});
