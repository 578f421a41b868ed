/** A Fargate service behind a load balancer, in a VPC of its own, that tests change while they hurt what is around it. */
import { DescribeNetworkInterfacesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { type Task, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, vi } from "vitest";
import type { Account } from "./account.ts";
import { makeBalancer } from "./balancers.ts";
import { containersOfAccount } from "./engine.ts";
import { createService, tasksOfService, untilRolledOut } from "./services.ts";
import { container, register, UNTIL_STOPPED } from "./tasks.ts";
import { makeVpc } from "./vpc.ts";

const SERVE =
  "mkdir -p /www; echo $VERSION > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
/** Beside another, a container's address is held by a third. */
export const CONTAINERS_OF_TASK = 3;
export const SETTLES = { timeout: 60_000, interval: 200 };

/** Nothing runs yet. `range` is the first two numbers of its addresses. */
export async function openBalancedFargate(
  account: Account,
  { port, range }: { readonly port: number; readonly range: string },
) {
  const { ecs, accountId, endpoint, region, credentials, stack } = account;
  const client = { endpoint, region, credentials };
  const ec2 = new EC2Client(client);
  const network = await makeVpc(client, range);
  const balancer = await makeBalancer({
    ...{ stack, client, port, network },
    targetType: "ip",
    drainSeconds: 2,
  });
  const launch = {
    launchType: "FARGATE" as const,
    networkConfiguration: { awsvpcConfiguration: { subnets: [...network.subnets] } },
  };
  const define = (version: string) => register(ecs, "web", definitionOf(version));
  /** Of tasks; a load balancer's are of no task. */
  const interfaces = async (): Promise<readonly string[]> => {
    const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
    return NetworkInterfaces.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []).sort();
  };
  const targets = async (): Promise<readonly string[]> => {
    const { TargetHealthDescriptions = [] } = await balancer.elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: balancer.group }),
    );
    const said = TargetHealthDescriptions.map((one) => `${one.Target?.Id} ${one.TargetHealth?.State}`);
    return said.sort();
  };
  const runningContainers = async () =>
    (await containersOfAccount(accountId)).filter(({ State }) => State === "running");
  return {
    ...{ balancer, launch, define, interfaces, runningContainers },
    create: async (desiredCount: number) =>
      createService(ecs, "web", await define("one"), {
        ...{ ...launch, desiredCount },
        loadBalancers: [{ targetGroupArn: balancer.group, containerName: "main", containerPort: 8_080 }],
      }),
    update: (change: { readonly desiredCount?: number; readonly taskDefinition?: string }) =>
      ecs.send(new UpdateServiceCommand({ service: "web", ...change })),
    /** What runs and is reachable is what is wanted, and nothing else is left of what was. */
    async expectExactly(count: number): Promise<readonly Task[]> {
      await untilRolledOut(ecs, "web");
      const tasks = await tasksOfService(ecs, "web");
      const addresses = tasks.map(addressOf).sort();
      expect(addresses).toHaveLength(count);
      await vi.waitFor(async () => {
        expect(await targets()).toEqual(addresses.map((address) => `${address} healthy`));
        expect(await interfaces()).toEqual(addresses);
        expect(await runningContainers()).toHaveLength(CONTAINERS_OF_TASK * count);
      }, SETTLES);
      return tasks;
    },
  };
}

const definitionOf = (version: string) => ({
  networkMode: "awsvpc" as const,
  requiresCompatibilities: ["FARGATE" as const],
  cpu: "256",
  memory: "512",
  containerDefinitions: [
    container(SERVE, {
      portMappings: [{ containerPort: 8_080 }],
      environment: [{ name: "VERSION", value: version }],
    }),
    container(UNTIL_STOPPED, { name: "beside", essential: false }),
  ],
});

export const addressOf = (task: Task): string =>
  task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? "";
