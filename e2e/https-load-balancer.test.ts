/** A load balancer with a certificate and a name, as those outside and tasks inside meet it. */
import { get } from "node:http";
import { request } from "node:https";
import {
  ACMClient,
  DeleteCertificateCommand,
  GetCertificateCommand,
  RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  type CreateListenerCommandInput,
  DescribeLoadBalancersCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { deleteBalancer, makeBalancer } from "./support/balancers.ts";
import { balancerPortsOf } from "./support/ports.ts";
import { createService, deleteAllServices, untilRolledOut } from "./support/services.ts";
import { container, launch, register, untilStopped } from "./support/tasks.ts";

const [PORT, SECURE_PORT, REDIRECT_PORT] = balancerPortsOf("https-load-balancer");
const SERVE =
  "mkdir -p /www; echo hello > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
const { ecs, endpoint, region, credentials } = account;
const acm = new ACMClient({ endpoint, region, credentials });
const ec2 = new EC2Client({ endpoint, region, credentials });
afterAll(() => account.close());

/** Of a range that no other test's tasks are in: on one machine a range is one VPC's. */
async function aNetwork() {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.64.0.0/16" }));
  const vpcId = Vpc?.VpcId ?? "";
  const subnets: string[] = [];
  for (const [n, zone] of ["a", "b"].entries()) {
    const place = { CidrBlock: `10.64.${n}.0/24`, AvailabilityZone: `${region}${zone}` };
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, ...place }));
    subnets.push(Subnet?.SubnetId ?? "");
  }
  const remove = async () => {
    for (const SubnetId of subnets) await ec2.send(new DeleteSubnetCommand({ SubnetId }));
    await ec2.send(new DeleteVpcCommand({ VpcId: vpcId }));
  };
  return { vpcId, subnets, remove };
}

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
  const network = await aNetwork();
  const made = await makeBalancer({
    network,
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
  const comesThrough = async (networkMode: "bridge" | "host" | "awsvpc") => {
    const definition = { networkMode, containerDefinitions: [askByName] };
    const awsvpcConfiguration = { subnets: network.subnets, securityGroups: SecurityGroups };
    const within = networkMode === "awsvpc" ? { networkConfiguration: { awsvpcConfiguration } } : {};
    const { containers = [] } = await untilStopped(
      ecs,
      await launch(ecs, `asks-${networkMode}`, definition, within),
    );
    return containers[0]?.exitCode === 0;
  };
  // The default group lets in its own members alone: a task that has it, and none that has no interface of its own.
  expect(await comesThrough("bridge")).toBe(false);
  await expect.poll(() => comesThrough("awsvpc"), { timeout: 60_000 }).toBe(true);
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: SecurityGroups[0],
      IpProtocol: "tcp",
      FromPort: PORT,
      ToPort: PORT,
      CidrIp: "0.0.0.0/0",
    }),
  );
  await expect.poll(() => comesThrough("bridge"), { timeout: 60_000 }).toBe(true);
  expect(await comesThrough("host")).toBe(true);

  await deleteAllServices(ecs);
  await deleteBalancer(made);
  await network.remove();
  await acm.send(new DeleteCertificateCommand({ CertificateArn }));
});
