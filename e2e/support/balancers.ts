/** Makes a load balancer with one target group and one HTTP listener; tests of services and the benchmark share it. */
import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Stack } from "./stack.ts";

export interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface NewBalancer {
  readonly stack: Pick<Stack, "roadstead">;
  readonly client: ClientConfiguration;
  readonly port: number;
  readonly targetType: "instance" | "ip";
  readonly drainSeconds: number;
  /** The default VPC unless it is to be in another. */
  readonly network?: { readonly vpcId: string; readonly subnets: readonly string[] };
}

export interface MadeBalancer {
  readonly elb: ElasticLoadBalancingV2Client;
  readonly balancer: string;
  readonly group: string;
  /** On its loopback twin. */
  readonly url: string;
}

/** Its group is checked as often as AWS lets it be: every five seconds, twice. */
export async function makeBalancer(wanted: NewBalancer): Promise<MadeBalancer> {
  const ec2 = new EC2Client(wanted.client);
  const elb = new ElasticLoadBalancingV2Client(wanted.client);
  const { vpcId, subnets } = wanted.network ?? (await defaultNetwork(ec2));
  const { LoadBalancers = [] } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: "front",
      Subnets: subnets.slice(0, 2),
    }),
  );
  const { TargetGroups = [] } = await elb.send(
    new CreateTargetGroupCommand({
      Name: "web",
      Protocol: "HTTP",
      Port: 80,
      VpcId: vpcId,
      TargetType: wanted.targetType,
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
    }),
  );
  const [balancer, group] = [LoadBalancers[0]?.LoadBalancerArn ?? "", TargetGroups[0]?.TargetGroupArn ?? ""];
  await elb.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn: group,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: String(wanted.drainSeconds) }],
    }),
  );
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer,
      Protocol: "HTTP",
      Port: wanted.port,
      DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
    }),
  );
  const listed = await wanted.stack.roadstead("lb", "--json");
  const places = JSON.parse(listed) as readonly { dnsName: string; loopbackAddress: string }[];
  const twin = places.find(({ dnsName }) => dnsName === LoadBalancers[0]?.DNSName)?.loopbackAddress;
  if (!twin) throw new Error(`roadstead lb does not list the load balancer:\n${listed}`);
  return { elb, balancer, group, url: `http://${twin}:${wanted.port}/` };
}

async function defaultNetwork(ec2: EC2Client) {
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  return { vpcId: Vpcs[0]?.VpcId, subnets: Subnets.map(({ SubnetId }) => SubnetId ?? "") };
}

export interface Target {
  readonly address: string;
  readonly port: number;
}

/** Anywhere: a zone is asked for where the address is of no subnet. */
const described = ({ address, port }: Target) => [{ Id: address, Port: port, AvailabilityZone: "all" }];

export async function registerTarget({ elb, group }: MadeBalancer, target: Target): Promise<void> {
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn: group, Targets: described(target) }));
}

export async function deregisterTarget({ elb, group }: MadeBalancer, target: Target): Promise<void> {
  await elb.send(new DeregisterTargetsCommand({ TargetGroupArn: group, Targets: described(target) }));
}

export async function deleteBalancer({ elb, balancer, group }: MadeBalancer): Promise<void> {
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: balancer }));
  await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: group }));
}
