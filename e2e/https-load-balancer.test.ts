/** A load balancer with a certificate and a name, as those outside and tasks inside meet it. */
import { get } from "node:http";
import { request } from "node:https";
import {
  ACMClient,
  DeleteCertificateCommand,
  GetCertificateCommand,
  RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import { AuthorizeSecurityGroupIngressCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  type CreateListenerCommandInput,
  DescribeLoadBalancersCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { deleteBalancer, makeBalancer } from "./support/balancers.ts";
import { createService, deleteAllServices, untilRolledOut } from "./support/services.ts";
import { container, launch, register, untilStopped } from "./support/tasks.ts";

const [PORT, SECURE_PORT, REDIRECT_PORT] = [8_090, 8_453, 8_091];
const SERVE =
  "mkdir -p /www; echo hello > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
const { ecs, endpoint, region, credentials } = account;
const acm = new ACMClient({ endpoint, region, credentials });
const ec2 = new EC2Client({ endpoint, region, credentials });
afterAll(() => account.close());

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
}

/** As `curl --resolve`: the address is given, the name is asked for and its certificate checked. */
function ask(host: string, port: number, secure: { readonly name: string; readonly ca: string } | null) {
  return new Promise<Answer>((resolve, reject) => {
    const read = (response: import("node:http").IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          text: text.trim(),
          location: response.headers.location ?? null,
        }),
      );
    };
    const options = { host, port, timeout: 10_000, agent: false } as const;
    const asked = secure
      ? request(
          { ...options, servername: secure.name, ca: secure.ca, headers: { host: secure.name } },
          read,
        ).end()
      : get(options, read);
    asked.on("error", reject);
  });
}

test("is met over HTTPS by those who trust the installation's authority, and by its name from tasks", async () => {
  const name = "shop.example.test";
  const made = await makeBalancer({
    stack: account.stack,
    client: { endpoint, region, credentials },
    port: PORT,
    targetType: "instance",
    drainSeconds: 1,
  });
  const { CertificateArn } = await acm.send(new RequestCertificateCommand({ DomainName: name }));
  const { CertificateChain: ca = "" } = await acm.send(new GetCertificateCommand({ CertificateArn }));
  const listen = (more: Partial<CreateListenerCommandInput>) =>
    made.elb.send(
      new CreateListenerCommand({ LoadBalancerArn: made.balancer, ...more } as CreateListenerCommandInput),
    );
  await listen({
    Protocol: "HTTPS",
    Port: SECURE_PORT,
    Certificates: [{ CertificateArn }],
    SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    DefaultActions: [{ Type: "forward", TargetGroupArn: made.group }],
  });
  await listen({
    Protocol: "HTTP",
    Port: REDIRECT_PORT,
    DefaultActions: [
      {
        Type: "redirect",
        RedirectConfig: { Protocol: "HTTPS", Port: String(SECURE_PORT), StatusCode: "HTTP_301" },
      },
    ],
  });
  const definition = [container(SERVE, { portMappings: [{ containerPort: 8_080, hostPort: 0 }] })];
  await createService(ecs, "shop", await register(ecs, "shop", definition), {
    desiredCount: 1,
    loadBalancers: [{ targetGroupArn: made.group, containerName: "main", containerPort: 8_080 }],
  });
  await untilRolledOut(ecs, "shop");
  const twin = new URL(made.url).hostname;
  expect(await ask(twin, SECURE_PORT, { name, ca })).toMatchObject({ status: 200, text: "hello" });
  expect(await ask(twin, REDIRECT_PORT, null)).toMatchObject({
    status: 301,
    location: `https://${twin}:${SECURE_PORT}/`,
  });

  const { LoadBalancers = [] } = await made.elb.send(
    new DescribeLoadBalancersCommand({ LoadBalancerArns: [made.balancer] }),
  );
  const [{ DNSName = "", SecurityGroups = [] } = {}] = LoadBalancers;
  const askByName = container(`timeout 5 wget -q -O - http://${DNSName}:${PORT}/ | grep -q '^hello$'`);
  const comesThrough = async (networkMode: "bridge" | "host") => {
    const task = await launch(ecs, `asks-${networkMode}`, { networkMode, containerDefinitions: [askByName] });
    const { containers = [] } = await untilStopped(ecs, task);
    return containers[0]?.exitCode === 0;
  };
  // The default group lets in its own members alone, and a task in these modes is none.
  expect(await comesThrough("bridge")).toBe(false);
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: SecurityGroups[0],
      IpProtocol: "tcp",
      FromPort: PORT,
      ToPort: PORT,
      CidrIp: "0.0.0.0/0",
    }),
  );
  await expect.poll(() => comesThrough("bridge"), { timeout: 30_000 }).toBe(true);
  expect(await comesThrough("host")).toBe(true);

  await deleteAllServices(ecs);
  await deleteBalancer(made);
  await acm.send(new DeleteCertificateCommand({ CertificateArn }));
});
