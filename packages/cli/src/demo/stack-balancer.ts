/** The HTTPS load balancer of the demo's last stack, made and removed through the API where Terraform is not at hand. */
import { setTimeout as delay } from "node:timers/promises";
import { type ApiAccess, callJson } from "../api-client.ts";
import { callQuery, type QueryValue, xmlText, xmlTexts } from "../api-query.ts";
import { Failure } from "../failure.ts";
import type { StackNetwork } from "./stack-network.ts";
import { STACK, unless } from "./stack-place.ts";
import { step } from "./step.ts";

const ISSUED_TIMEOUT_MS = 30_000;
const POLL_MS = 200;
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";
const GONE = ["LoadBalancerNotFound", "TargetGroupNotFound"];

export interface StackBalancer {
  readonly balancerArn: string;
  readonly targetGroupArn: string;
}

const elb = (access: ApiAccess, action: string, input: { readonly [name: string]: QueryValue }) =>
  callQuery(access, "elasticloadbalancing", { action, input });

const acm = <Answer>(access: ApiAccess, operation: string, input: unknown) =>
  callJson<Answer>(access, "acm", { operation, input });

export async function makeBalancer(access: ApiAccess, network: StackNetwork): Promise<StackBalancer> {
  const request = `aws acm request-certificate --validation-method DNS --domain-name ${STACK.domain}`;
  const certificateArn = await step("Get a certificate", request, () => ensureCertificate(access));
  const subnets = network.subnetIds.join(" ");
  const create = `aws elbv2 create-load-balancer --name ${STACK.name} --subnets ${subnets} --security-groups ${network.balancerGroupId}`;
  const balancerArn = await step("Make a load balancer", create, async () =>
    xmlText(
      await elb(access, "CreateLoadBalancer", {
        Name: STACK.name,
        Subnets: network.subnetIds,
        SecurityGroups: [network.balancerGroupId],
      }),
      "LoadBalancerArn",
    ),
  );
  const targetGroupArn = await makeTargetGroup(access, network.vpcId);
  await makeListeners(access, { balancerArn, targetGroupArn, certificateArn });
  return { balancerArn, targetGroupArn };
}

async function findCertificates(access: ApiAccess): Promise<readonly string[]> {
  interface Answer {
    readonly CertificateSummaryList?: readonly {
      readonly CertificateArn: string;
      readonly DomainName: string;
    }[];
  }
  const { CertificateSummaryList = [] } = await acm<Answer>(access, "ListCertificates", {});
  return CertificateSummaryList.flatMap(({ CertificateArn, DomainName }) =>
    DomainName === STACK.domain ? [CertificateArn] : [],
  );
}

async function ensureCertificate(access: ApiAccess): Promise<string> {
  const [found] = await findCertificates(access);
  const input = { DomainName: STACK.domain, ValidationMethod: "DNS" };
  const arn =
    found ?? (await acm<{ CertificateArn: string }>(access, "RequestCertificate", input)).CertificateArn;
  const deadline = Date.now() + ISSUED_TIMEOUT_MS;
  for (;;) {
    const described = await acm<{ Certificate: { Status: string } }>(access, "DescribeCertificate", {
      CertificateArn: arn,
    });
    if (described.Certificate.Status === "ISSUED") return arn;
    if (Date.now() > deadline) throw new Failure(`the certificate is ${described.Certificate.Status}`);
    await delay(POLL_MS);
  }
}

/** What a client has to believe for the load balancer's certificate. */
export async function stackAuthority(access: ApiAccess): Promise<string> {
  const [CertificateArn] = await findCertificates(access);
  if (!CertificateArn) throw new Failure(`there is no certificate for ${STACK.domain}`);
  const answer = await acm<{ CertificateChain?: string }>(access, "GetCertificate", { CertificateArn });
  return answer.CertificateChain ?? "";
}

const makeTargetGroup = (access: ApiAccess, vpcId: string): Promise<string> =>
  step(
    "Make a target group",
    `aws elbv2 create-target-group --name ${STACK.family} --protocol HTTP --port ${STACK.port} --target-type ip --vpc-id ${vpcId} --health-check-interval-seconds 5 …`,
    async () => {
      const answer = await elb(access, "CreateTargetGroup", {
        Name: STACK.family,
        Protocol: "HTTP",
        Port: STACK.port,
        TargetType: "ip",
        VpcId: vpcId,
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 2,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
      });
      const TargetGroupArn = xmlText(answer, "TargetGroupArn");
      const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "10" }];
      await elb(access, "ModifyTargetGroupAttributes", { TargetGroupArn, Attributes });
      return TargetGroupArn;
    },
  );

async function makeListeners(
  access: ApiAccess,
  { balancerArn, targetGroupArn, certificateArn }: StackBalancer & { readonly certificateArn: string },
): Promise<void> {
  const create = `aws elbv2 create-listener --load-balancer-arn ${balancerArn}`;
  const redirect = "Type=redirect,RedirectConfig='{Protocol=HTTPS,Port=443,StatusCode=HTTP_301}'";
  const commands = [
    `${create} --protocol HTTPS --port 443 --ssl-policy ${TLS_POLICY} --certificates CertificateArn=${certificateArn} --default-actions Type=forward,TargetGroupArn=${targetGroupArn}`,
    `${create} --protocol HTTP --port 80 --default-actions ${redirect}`,
  ];
  await step("Let it listen for HTTPS, and send HTTP there", commands.join("\n"), async () => {
    const RedirectConfig = { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" };
    const listeners = [
      {
        Protocol: "HTTPS",
        Port: 443,
        SslPolicy: TLS_POLICY,
        Certificates: [{ CertificateArn: certificateArn }],
        DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
      },
      { Protocol: "HTTP", Port: 80, DefaultActions: [{ Type: "redirect", RedirectConfig }] },
    ];
    for (const listener of listeners) {
      const input = { LoadBalancerArn: balancerArn, ...listener };
      await unless(["DuplicateListener"], elb(access, "CreateListener", input));
    }
    return "443, 80";
  });
}

export async function removeBalancer(access: ApiAccess): Promise<void> {
  const command =
    "aws elbv2 delete-load-balancer …\naws elbv2 delete-target-group …\naws acm delete-certificate …";
  await step("Remove the load balancer", command, async () => {
    const found = await unless(GONE, elb(access, "DescribeLoadBalancers", { Names: [STACK.name] }));
    for (const LoadBalancerArn of xmlTexts(found ?? "", "LoadBalancerArn"))
      await elb(access, "DeleteLoadBalancer", { LoadBalancerArn });
    const group = await unless(GONE, elb(access, "DescribeTargetGroups", { Names: [STACK.family] }));
    for (const TargetGroupArn of xmlTexts(group ?? "", "TargetGroupArn"))
      await elb(access, "DeleteTargetGroup", { TargetGroupArn });
    for (const CertificateArn of await findCertificates(access))
      await acm(access, "DeleteCertificate", { CertificateArn });
    return "removed";
  });
}
