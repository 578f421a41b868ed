/** Certificates through signed requests, on real PostgreSQL. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
  RequestCertificateCommand,
  type RequestCertificateCommandInput,
  waitUntilCertificateValidated,
} from "@aws-sdk/client-acm";
import { CERTIFICATES_PURPOSE } from "@roadstead/db/certificates";
import { makeAuthority } from "@roadstead/tls/certificates";
import { type IssuedCertificate, issueCertificate } from "@roadstead/tls/issue-certificate";
import { beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, type Clients, REGION, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork, makeBalancer, makeListener } from "./elb.test-data.ts";

const api = useApi();
let clients: Clients;
beforeEach(() => {
  clients = api.clients();
});

const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
const request = async (more: Partial<RequestCertificateCommandInput> = {}) =>
  (
    await clients.acm.send(
      new RequestCertificateCommand({ DomainName: "example.com", KeyAlgorithm: "EC_prime256v1", ...more }),
    )
  ).CertificateArn ?? "";
const describeIt = async (CertificateArn: string) =>
  (await clients.acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate;
const list = async (more = {}) =>
  (await clients.acm.send(new ListCertificatesCommand(more))).CertificateSummaryList?.map(
    ({ DomainName }) => DomainName,
  );

const issue = async (now = new Date(), name = "shop.example.org"): Promise<IssuedCertificate> =>
  issueCertificate(await makeAuthority(now), { names: [name], keyAlgorithm: "EC_prime256v1", now });
const bytes = (pem: string) => Buffer.from(pem);
const importIt = async (issued: IssuedCertificate, more = {}) =>
  (
    await clients.acm.send(
      new ImportCertificateCommand({
        Certificate: bytes(issued.certificatePem),
        PrivateKey: bytes(issued.keyPem),
        CertificateChain: bytes(issued.chainPem),
        ...more,
      }),
    )
  ).CertificateArn ?? "";

describe("a certificate that is requested", () => {
  test("is issued by the installation's authority for every name, and shown as valid", async () => {
    const CertificateArn = await request({
      SubjectAlternativeNames: ["*.example.com", "example.com"],
      ValidationMethod: "DNS",
      KeyAlgorithm: undefined,
    });
    expect(CertificateArn).toMatch(
      new RegExp(`^arn:aws:acm:${REGION}:${ACCOUNT}:certificate/[0-9a-f-]{36}$`),
    );
    const wait = { client: clients.acm, maxWaitTime: 5, minDelay: 1, maxDelay: 1 };
    expect((await waitUntilCertificateValidated(wait, { CertificateArn })).state).toBe("SUCCESS");
    const shown = await describeIt(CertificateArn);
    expect(shown).toMatchObject({
      DomainName: "example.com",
      SubjectAlternativeNames: ["example.com", "*.example.com"],
      Status: "ISSUED",
      Type: "AMAZON_ISSUED",
      KeyAlgorithm: "RSA-2048",
      Issuer: "Roadstead certificate authority",
      InUseBy: [],
    });
    expect(shown?.DomainValidationOptions?.map((option) => option.ResourceRecord?.Type)).toEqual([
      "CNAME",
      "CNAME",
    ]);
    const got = await clients.acm.send(new GetCertificateCommand({ CertificateArn }));
    const certificate = new X509Certificate(got.Certificate ?? "");
    expect(certificate.checkHost("www.example.com")).toBeDefined();
    expect(certificate.verify(new X509Certificate(got.CertificateChain ?? "").publicKey)).toBe(true);
  });

  test("again with its token is the same, whoever else asks at once, and with other names is refused", async () => {
    const again = () => request({ IdempotencyToken: "t" });
    const arns = await Promise.all([again(), again(), again()]);
    expect(new Set(arns).size).toBe(1);
    expect(await code(request({ IdempotencyToken: "t", DomainName: "example.org" }))).toBe(
      "InvalidParameterException",
    );
    await api.db.query("UPDATE certificates SET created_at = now() - interval '61 minutes'");
    expect(arns).not.toContain(await again());
  });

  test.each([
    [{ DomainName: "no domain" }, "ValidationException"],
    [{ ValidationMethod: "EMAIL" }, "UnsupportedOperation"],
    [{ KeyAlgorithm: "RSA_1024" }, "InvalidParameterException"],
    [{ Options: { Export: "ENABLED" } }, "UnsupportedOperation"],
  ] as const)("with %j is refused", async (more, expected) => {
    expect(await code(request(more))).toBe(expected);
  });
});

describe("a certificate that is imported", () => {
  test("keeps its key sealed, and what replaces it takes its place", async () => {
    const first = await issue();
    const CertificateArn = await importIt(first, { Tags: [{ Key: "a", Value: "1" }] });
    const sealed = () => api.db.query<{ sealed: string }>('SELECT sealed_key AS "sealed" FROM certificates');
    const [row] = await sealed();
    expect(row?.sealed).not.toContain("PRIVATE");
    expect(await describeIt(CertificateArn)).toMatchObject({
      Type: "IMPORTED",
      DomainName: "shop.example.org",
      KeyAlgorithm: "EC_prime256v1",
      Serial: new X509Certificate(first.certificatePem).serialNumber.toLowerCase().match(/../g)?.join(":"),
    });
    const second = await issue(new Date(), "new.example.org");
    expect(await importIt(second, { CertificateArn })).toBe(CertificateArn);
    expect((await describeIt(CertificateArn))?.DomainName).toBe("new.example.org");
    expect((await sealed())[0]?.sealed).not.toBe(row?.sealed);
    expect(await code(importIt(second, { CertificateArn: await request() }))).toBe("ValidationException");
  });

  test("opens for whoever holds the master key, by the purpose that load balancers use", async () => {
    const issued = await issue();
    await importIt(issued);
    const [row] = await api.db.query<{ id: string; sealed: string }>(
      'SELECT id, sealed_key AS "sealed" FROM certificates',
    );
    const opened = api.secretBox(CERTIFICATES_PURPOSE).open(row?.sealed ?? "", row?.id ?? "");
    const certificate = new X509Certificate(issued.certificatePem);
    expect(certificate.checkPrivateKey(createPrivateKey(opened ?? ""))).toBe(true);
    expect(api.secretBox(CERTIFICATES_PURPOSE).open(row?.sealed ?? "", "other")).toBeNull();
  });

  test("is refused with another's key, chain or text, or out of its time", async () => {
    const [issued, other] = [await issue(), await issue()];
    const old = await issue(new Date(Date.now() - 400 * 24 * 60 * 60_000));
    const wrong = [
      { PrivateKey: bytes(other.keyPem) },
      { CertificateChain: bytes(other.chainPem) },
      { CertificateChain: bytes("none") },
      { Certificate: bytes("none") },
      { Certificate: bytes(issued.certificatePem + other.certificatePem) },
      { PrivateKey: bytes("none") },
    ];
    for (const more of wrong) expect(await code(importIt(issued, more))).toBe("ValidationException");
    expect(await refusal(importIt(old))).toMatchObject({ message: "The certificate has expired." });
    expect(await api.db.query("SELECT 1 FROM certificates")).toEqual([]);
  });
});

test("certificates are listed by key type and status, page by page", async () => {
  for (const DomainName of ["a.example.com", "b.example.com", "c.example.com"]) await request({ DomainName });
  await request({ DomainName: "rsa.example.com", KeyAlgorithm: "RSA_2048" });
  expect(await list()).toEqual(["rsa.example.com"]);
  const Includes = { keyTypes: ["EC_prime256v1" as const] };
  const first = await clients.acm.send(new ListCertificatesCommand({ Includes, MaxItems: 2 }));
  expect(first.CertificateSummaryList?.map(({ DomainName }) => DomainName)).toEqual([
    "a.example.com",
    "b.example.com",
  ]);
  const rest = await clients.acm.send(
    new ListCertificatesCommand({ Includes, MaxItems: 2, NextToken: first.NextToken }),
  );
  expect([rest.CertificateSummaryList?.[0]?.DomainName, rest.NextToken]).toEqual([
    "c.example.com",
    undefined,
  ]);
  expect(await list({ Includes, CertificateStatuses: ["EXPIRED"] })).toEqual([]);
  expect(await code(list({ Includes, NextToken: "x" }))).toBe("ValidationException");
});

test("tags are put on and taken off, by value if one is given", async () => {
  const CertificateArn = await request({ Tags: [{ Key: "a", Value: "1" }] });
  const Tags = [
    { Key: "b", Value: "2" },
    { Key: "c", Value: "3" },
  ];
  await clients.acm.send(new AddTagsToCertificateCommand({ CertificateArn, Tags }));
  const gone = [{ Key: "a" }, { Key: "b", Value: "other" }, { Key: "c", Value: "3" }];
  await clients.acm.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: gone }));
  const shown = await clients.acm.send(new ListTagsForCertificateCommand({ CertificateArn }));
  expect(shown.Tags).toEqual([{ Key: "b", Value: "2" }]);
});

test("a certificate that a listener shows is not deleted; one that is not there is named", async () => {
  const CertificateArn = await request();
  const balancer = await makeBalancer(clients, await defaultNetwork(api.db));
  await makeListener(clients, balancer);
  await api.db.query("UPDATE listeners SET certificates = $1", [JSON.stringify([CertificateArn])]);
  const remove = () => clients.acm.send(new DeleteCertificateCommand({ CertificateArn }));
  expect((await describeIt(CertificateArn))?.InUseBy).toEqual([balancer]);
  expect(await code(remove())).toBe("ResourceInUseException");
  await api.db.query("UPDATE listeners SET certificates = '[]'");
  await remove();
  expect(await refusal(remove())).toMatchObject({
    code: "ResourceNotFoundException",
    message: `Could not find certificate ${CertificateArn}.`,
  });
});
