/** Listeners with HTTPS and their certificates through signed requests, on real PostgreSQL. */
import { generateKeyPairSync } from "node:crypto";
import {
  DeleteCertificateCommand,
  ImportCertificateCommand,
  RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import {
  AddListenerCertificatesCommand,
  CreateListenerCommand,
  type CreateListenerCommandInput,
  DescribeListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeSSLPoliciesCommand,
  ModifyListenerCommand,
  RemoveListenerCertificatesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { makeAuthority, signCertificate } from "@roadstead/tls/certificates";
import { beforeEach, describe, expect, test } from "vitest";
import { type Clients, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork, makeBalancer, makeListener, textAction } from "./elb.test-data.ts";

const api = useApi();
let clients: Clients;
let LoadBalancerArn: string;
beforeEach(async () => {
  clients = api.clients();
  LoadBalancerArn = await makeBalancer(clients, await defaultNetwork(api.db));
});

const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
const request = async (DomainName: string) =>
  (await clients.acm.send(new RequestCertificateCommand({ DomainName, KeyAlgorithm: "EC_prime256v1" })))
    .CertificateArn ?? "";
const make = (more: Partial<CreateListenerCommandInput>) =>
  clients.elb.send(
    new CreateListenerCommand({
      LoadBalancerArn,
      Protocol: "HTTPS",
      Port: 443,
      DefaultActions: [textAction()],
      ...more,
    }),
  );
const makeSecure = async (CertificateArn: string) =>
  (await make({ Certificates: [{ CertificateArn }] })).Listeners?.[0]?.ListenerArn ?? "";
const shown = async (ListenerArn: string) =>
  (await clients.elb.send(new DescribeListenerCertificatesCommand({ ListenerArn }))).Certificates;
const described = async (ListenerArn: string) =>
  (await clients.elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] }))).Listeners?.[0];

describe("a listener with HTTPS", () => {
  test("has a certificate, which is in use for as long, and AWS's default policy", async () => {
    const CertificateArn = await request("one.example.com");
    const ListenerArn = await makeSecure(CertificateArn);
    expect(await described(ListenerArn)).toMatchObject({
      Protocol: "HTTPS",
      Port: 443,
      Certificates: [{ CertificateArn }],
      SslPolicy: "ELBSecurityPolicy-2016-08",
      MutualAuthentication: { Mode: "off" },
    });
    expect(await makeSecure(CertificateArn)).toBe(ListenerArn);
    const gone = () => clients.acm.send(new DeleteCertificateCommand({ CertificateArn }));
    expect(await code(gone())).toBe("ResourceInUseException");
    await clients.elb.send(new ModifyListenerCommand({ ListenerArn, Protocol: "HTTP", Port: 80 }));
    expect(await described(ListenerArn)).not.toHaveProperty("Certificates");
    await gone();
  });

  test.each([
    [{}, "ValidationError"],
    [{ Certificates: [{ CertificateArn: "arn:aws:acm:eu-west-1:1:certificate/x" }] }, "CertificateNotFound"],
    [{ Certificates: [{ CertificateArn: "a" }, { CertificateArn: "b" }] }, "ValidationError"],
    [{ Protocol: "HTTP", Certificates: [{ CertificateArn: "a" }] }, "InvalidConfigurationRequest"],
    [{ MutualAuthentication: { Mode: "verify" } }, "UnsupportedOperation"],
  ] as const)("with %j is refused", async (more, expected) => {
    expect(await code(make(more as Partial<CreateListenerCommandInput>))).toBe(expected);
  });

  test("with a policy that is not offered is refused, and so is a certificate that OpenSSL would refuse", async () => {
    const CertificateArn = await request("one.example.com");
    const unknown = make({
      Certificates: [{ CertificateArn }],
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    });
    expect(await refusal(unknown)).toMatchObject({ code: "SSLPolicyNotFound" });
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    const certificatePem = await signCertificate(await makeAuthority(new Date()), {
      commonName: "weak.example.com",
      names: ["weak.example.com"],
      publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
      days: 30,
      now: new Date(),
    });
    const weak = await clients.acm.send(
      new ImportCertificateCommand({
        Certificate: Buffer.from(certificatePem),
        PrivateKey: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
      }),
    );
    expect(await code(make({ Certificates: [{ CertificateArn: weak.CertificateArn }] }))).toBe(
      "UnsupportedCertificate",
    );
  });

  test("takes certificates for further names, gives them back, and keeps its default one", async () => {
    const [one, two] = [await request("one.example.com"), await request("two.example.com")];
    const ListenerArn = await makeSecure(one);
    const more = { ListenerArn, Certificates: [{ CertificateArn: two }] };
    const added = await clients.elb.send(new AddListenerCertificatesCommand(more));
    expect(added.Certificates).toEqual([{ CertificateArn: two, IsDefault: false }]);
    await clients.elb.send(new AddListenerCertificatesCommand(more));
    expect(await shown(ListenerArn)).toEqual([
      { CertificateArn: one, IsDefault: true },
      { CertificateArn: two, IsDefault: false },
    ]);
    expect((await described(ListenerArn))?.Certificates).toEqual([{ CertificateArn: one }]);
    const three = await request("three.example.com");
    await clients.elb.send(
      new ModifyListenerCommand({ ListenerArn, Certificates: [{ CertificateArn: three }] }),
    );
    const removeDefault = { ListenerArn, Certificates: [{ CertificateArn: three }] };
    expect(await code(clients.elb.send(new RemoveListenerCertificatesCommand(removeDefault)))).toBe(
      "OperationNotPermitted",
    );
    await clients.elb.send(new RemoveListenerCertificatesCommand(more));
    await clients.elb.send(new RemoveListenerCertificatesCommand(more));
    expect(await shown(ListenerArn)).toEqual([{ CertificateArn: three, IsDefault: true }]);
    await clients.acm.send(new DeleteCertificateCommand({ CertificateArn: two }));
  });

  test("alone takes certificates", async () => {
    const ListenerArn = await makeListener(clients, LoadBalancerArn);
    const CertificateArn = await request("one.example.com");
    const more = { ListenerArn, Certificates: [{ CertificateArn }] };
    expect(await code(clients.elb.send(new AddListenerCertificatesCommand(more)))).toBe(
      "InvalidConfigurationRequest",
    );
    expect(await shown(ListenerArn)).toEqual([]);
  });
});

test("security policies are described by name and page by page", async () => {
  const { SslPolicies = [] } = await clients.elb.send(
    new DescribeSSLPoliciesCommand({ Names: ["ELBSecurityPolicy-TLS13-1-3-2021-06"] }),
  );
  expect(SslPolicies).toEqual([
    {
      Name: "ELBSecurityPolicy-TLS13-1-3-2021-06",
      SslProtocols: ["TLSv1.3"],
      Ciphers: [
        { Name: "TLS_AES_128_GCM_SHA256", Priority: 1 },
        { Name: "TLS_AES_256_GCM_SHA384", Priority: 2 },
        { Name: "TLS_CHACHA20_POLY1305_SHA256", Priority: 3 },
      ],
      SupportedLoadBalancerTypes: ["application"],
    },
  ]);
  const unknown = new DescribeSSLPoliciesCommand({ Names: ["x"] });
  expect(await code(clients.elb.send(unknown))).toBe("SSLPolicyNotFound");
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await clients.elb.send(new DescribeSSLPoliciesCommand({ PageSize: 5, Marker }));
    names.push(...(page.SslPolicies ?? []).map(({ Name }) => Name ?? ""));
    Marker = page.NextMarker;
  } while (Marker);
  const all = await clients.elb.send(new DescribeSSLPoliciesCommand({}));
  expect(names).toEqual(all.SslPolicies?.map(({ Name }) => Name));
});
