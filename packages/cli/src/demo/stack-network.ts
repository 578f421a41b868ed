/** The network of the demo's last stack, made and removed through the API where Terraform is not at hand. */
import { setTimeout as delay } from "node:timers/promises";
import type { ApiAccess } from "../api-client.ts";
import { callQuery, type QueryValue, xmlText, xmlTexts } from "../api-query.ts";
import { STACK, unless } from "./stack-place.ts";
import { step } from "./step.ts";

const SUBNETS = [0, 1].map((at) => STACK.range.replace("0.0/16", `${at}.0/24`));
const GONE_TIMEOUT_MS = 60_000;
const POLL_MS = 500;
const GROUPS = {
  balancer: { name: `${STACK.name}-balancer`, description: "Everybody may ask" },
  tasks: { name: `${STACK.name}-tasks`, description: "Only the load balancer may ask" },
} as const;

export interface StackNetwork {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly balancerGroupId: string;
  readonly taskGroupId: string;
}

type Input = Parameters<typeof callQuery>[2]["input"];
const ec2 = (access: ApiAccess, action: string, input: Input) => callQuery(access, "ec2", { action, input });
const where = (filters: Readonly<Record<string, QueryValue>>) => ({
  Filter: Object.entries(filters).map(([Name, value]) => ({ Name, Value: [value] })),
});

const findVpc = async (access: ApiAccess): Promise<string | undefined> =>
  xmlTexts(await ec2(access, "DescribeVpcs", where({ "tag:Name": STACK.name })), "vpcId")[0];

export async function makeNetwork(access: ApiAccess): Promise<StackNetwork> {
  const tag = `ResourceType=vpc,Tags=[{Key=Name,Value=${STACK.name}}]`;
  const create = `aws ec2 create-vpc --cidr-block ${STACK.range} --tag-specifications '${tag}'`;
  const vpcId = await step("Make a network", create, () => ensureVpc(access));
  const subnetIds: string[] = [];
  const subnets = SUBNETS.map((cidr) => `aws ec2 create-subnet --vpc-id ${vpcId} --cidr-block ${cidr}`);
  await step("Make its subnets in two zones", subnets.join("\n"), async () => {
    const zones = xmlTexts(await ec2(access, "DescribeAvailabilityZones", {}), "zoneName");
    for (const [at, cidr] of SUBNETS.entries())
      subnetIds.push(await ensureSubnet(access, { vpcId, cidr, zone: zones[at % zones.length] ?? "" }));
    return subnetIds.join(", ");
  });
  await step(
    "Let it reach the internet",
    `aws ec2 create-internet-gateway\naws ec2 attach-internet-gateway --vpc-id ${vpcId} …\naws ec2 create-route --destination-cidr-block 0.0.0.0/0 …`,
    () => ensureGateway(access, vpcId),
  );
  return { vpcId, subnetIds, ...(await makeGroups(access, vpcId)) };
}

async function ensureVpc(access: ApiAccess): Promise<string> {
  const Tag = [{ Key: "Name", Value: STACK.name }];
  const input = { CidrBlock: STACK.range, TagSpecification: [{ ResourceType: "vpc", Tag }] };
  return (await findVpc(access)) ?? xmlText(await ec2(access, "CreateVpc", input), "vpcId");
}

async function ensureSubnet(
  access: ApiAccess,
  { vpcId, cidr, zone }: { readonly vpcId: string; readonly cidr: string; readonly zone: string },
): Promise<string> {
  const found = await ec2(access, "DescribeSubnets", where({ "vpc-id": vpcId, "cidr-block": cidr }));
  const [subnetId] = xmlTexts(found, "subnetId");
  const input = { VpcId: vpcId, CidrBlock: cidr, AvailabilityZone: zone };
  return subnetId ?? xmlText(await ec2(access, "CreateSubnet", input), "subnetId");
}

const findGateway = async (access: ApiAccess, vpcId: string): Promise<string | undefined> =>
  xmlTexts(
    await ec2(access, "DescribeInternetGateways", where({ "attachment.vpc-id": vpcId })),
    "internetGatewayId",
  )[0];

async function ensureGateway(access: ApiAccess, vpcId: string): Promise<string> {
  let gatewayId = await findGateway(access, vpcId);
  if (!gatewayId) {
    gatewayId = xmlText(await ec2(access, "CreateInternetGateway", {}), "internetGatewayId");
    await ec2(access, "AttachInternetGateway", { InternetGatewayId: gatewayId, VpcId: vpcId });
  }
  const tables = where({ "vpc-id": vpcId, "association.main": "true" });
  const RouteTableId = xmlText(await ec2(access, "DescribeRouteTables", tables), "routeTableId");
  const route = { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: gatewayId };
  await unless(["RouteAlreadyExists"], ec2(access, "CreateRoute", route));
  return gatewayId;
}

async function makeGroups(access: ApiAccess, vpcId: string) {
  const commands = Object.values(GROUPS).map(
    ({ name, description }) =>
      `aws ec2 create-security-group --vpc-id ${vpcId} --group-name ${name} --description '${description}'`,
  );
  let balancerGroupId = "";
  let taskGroupId = "";
  await step(
    "Make a security group for the load balancer and one for tasks",
    commands.join("\n"),
    async () => {
      balancerGroupId = await ensureGroup(access, vpcId, GROUPS.balancer);
      taskGroupId = await ensureGroup(access, vpcId, GROUPS.tasks);
      return `${balancerGroupId}, ${taskGroupId}`;
    },
  );
  const allow = "aws ec2 authorize-security-group-ingress --protocol tcp";
  const rules = [
    ...[80, 443].map((port) => `${allow} --group-id ${balancerGroupId} --port ${port} --cidr 0.0.0.0/0`),
    `${allow} --group-id ${taskGroupId} --port ${STACK.port} --source-group ${balancerGroupId}`,
  ];
  await step("Say who may ask whom", rules.join("\n"), async () => {
    const everybody = { IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    for (const port of [80, 443]) await admit(access, balancerGroupId, { port, source: everybody });
    const balancer = { Groups: [{ GroupId: balancerGroupId }] };
    await admit(access, taskGroupId, { port: STACK.port, source: balancer });
    return "everybody the load balancer, and nobody else the tasks";
  });
  return { balancerGroupId, taskGroupId };
}

const findGroup = async (access: ApiAccess, vpcId: string, name: string): Promise<string | undefined> =>
  xmlTexts(
    await ec2(access, "DescribeSecurityGroups", where({ "vpc-id": vpcId, "group-name": name })),
    "groupId",
  )[0];

async function ensureGroup(
  access: ApiAccess,
  vpcId: string,
  { name, description }: { readonly name: string; readonly description: string },
): Promise<string> {
  const input = { VpcId: vpcId, GroupName: name, GroupDescription: description };
  const found = await findGroup(access, vpcId, name);
  return found ?? xmlText(await ec2(access, "CreateSecurityGroup", input), "groupId");
}

async function admit(
  access: ApiAccess,
  groupId: string,
  { port, source }: { readonly port: number; readonly source: Input },
): Promise<void> {
  const permission = { IpProtocol: "tcp", FromPort: port, ToPort: port, ...source };
  const input = { GroupId: groupId, IpPermissions: [permission] };
  await unless(["InvalidPermission.Duplicate"], ec2(access, "AuthorizeSecurityGroupIngress", input));
}

/** The tasks' group first: it names the load balancer's. */
export async function removeNetwork(access: ApiAccess): Promise<void> {
  const vpcId = await findVpc(access);
  if (!vpcId) return;
  await step("Remove the network", `aws ec2 delete-vpc --vpc-id ${vpcId}   # and what is in it`, async () => {
    for (const { name } of [GROUPS.tasks, GROUPS.balancer]) {
      const GroupId = await findGroup(access, vpcId, name);
      if (GroupId) await onceFree(() => ec2(access, "DeleteSecurityGroup", { GroupId }));
    }
    const subnets = xmlTexts(await ec2(access, "DescribeSubnets", where({ "vpc-id": vpcId })), "subnetId");
    for (const SubnetId of subnets) await onceFree(() => ec2(access, "DeleteSubnet", { SubnetId }));
    const InternetGatewayId = await findGateway(access, vpcId);
    if (InternetGatewayId) {
      await ec2(access, "DetachInternetGateway", { InternetGatewayId, VpcId: vpcId });
      await ec2(access, "DeleteInternetGateway", { InternetGatewayId });
    }
    await onceFree(() => ec2(access, "DeleteVpc", { VpcId: vpcId }));
    return "removed";
  });
}

/** Interfaces of tasks and load balancers go a little after these. */
async function onceFree(remove: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + GONE_TIMEOUT_MS;
  const isInUse = ["DependencyViolation"];
  while (Date.now() < deadline) {
    if ((await unless(isInUse, remove())) !== null) return;
    await delay(POLL_MS);
  }
  await remove();
}
