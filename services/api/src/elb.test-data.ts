/** A default network, and load balancers with their parts made in one line; service tests of load balancing use it. */
import {
  type Action,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Db } from "@roadstead/db/connect";
import { ensureNetwork } from "@roadstead/db/networks";
import { findScope } from "@roadstead/db/scopes";
import { ACCOUNT, type Clients, REGION } from "./api.test-data.ts";

export interface TestNetwork {
  readonly vpcId: string;
  /** One in each zone. */
  readonly subnets: readonly string[];
  readonly securityGroup: string;
}

export async function defaultNetwork(db: Db): Promise<TestNetwork> {
  const scope = await findScope(db, { accountId: ACCOUNT, region: REGION });
  if (!scope) throw new Error("no scope");
  await ensureNetwork(db, scope);
  const [vpc] = await db.query<{ id: string; groupId: string }>(
    `SELECT v.id, g.id AS "groupId" FROM vpcs v JOIN security_groups g ON g.vpc_id = v.id WHERE v.scope_id = $1`,
    [scope.id],
  );
  if (!vpc) throw new Error("no default VPC");
  const rows = await db.query<{ id: string }>(
    "SELECT id FROM subnets WHERE vpc_id = $1 ORDER BY availability_zone",
    [vpc.id],
  );
  return { vpcId: vpc.id, subnets: rows.map(({ id }) => id), securityGroup: vpc.groupId };
}

export const textAction = (StatusCode = "200"): Action => ({
  Type: "fixed-response",
  FixedResponseConfig: { StatusCode, ContentType: "text/plain", MessageBody: "hello" },
});

export async function makeBalancer(
  { elb }: Clients,
  { subnets }: TestNetwork,
  Name = "web",
): Promise<string> {
  const made = await elb.send(new CreateLoadBalancerCommand({ Name, Subnets: [...subnets] }));
  return made.LoadBalancers?.[0]?.LoadBalancerArn ?? "";
}

export async function makeGroup(
  { elb }: Clients,
  { vpcId }: TestNetwork,
  more: Partial<CreateTargetGroupCommandInput> = {},
): Promise<string> {
  const made = await elb.send(
    new CreateTargetGroupCommand({
      Name: "app",
      Protocol: "HTTP",
      Port: 8080,
      VpcId: vpcId,
      TargetType: "ip",
      ...more,
    }),
  );
  return made.TargetGroups?.[0]?.TargetGroupArn ?? "";
}

export async function makeListener(
  { elb }: Clients,
  LoadBalancerArn: string,
  action: Action = textAction(),
  Port = 80,
): Promise<string> {
  const made = await elb.send(
    new CreateListenerCommand({ LoadBalancerArn, Protocol: "HTTP", Port, DefaultActions: [action] }),
  );
  return made.Listeners?.[0]?.ListenerArn ?? "";
}
