import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { Task } from "@aws-sdk/client-ecs";
import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { deleteBalancer, makeBalancer } from "./support/balancers.ts";
import { networksOf } from "./support/engine.ts";
import { balancerPortsOf } from "./support/ports.ts";
import { createService, deleteAllServices, tasksOfService, untilRolledOut } from "./support/services.ts";
import { container, register, runTask, stopAllTasks, untilStopped } from "./support/tasks.ts";

const [FIRST_PORT, SECOND_PORT] = balancerPortsOf("overlapping-vpcs");
const SERVED = 8_080;
const SERVE =
  "mkdir -p /www; echo $NAME > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

/** An account whose default VPC has the range of every other's, with a service behind a load balancer in it. */
async function aPlace(name: string, port: number) {
  const account = await createAccount({ agent: { cpu: 512, memory: 256 } });
  const { ecs, endpoint, region, credentials, stack } = account;
  const client = { endpoint, region, credentials };
  const ec2 = new EC2Client(client);
  const { Vpcs: [vpc] = [] } = await ec2.send(new DescribeVpcsCommand({}));
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const [vpcId, subnets] = [vpc?.VpcId ?? "", Subnets.map(({ SubnetId }) => SubnetId ?? "")];
  const { GroupId = "" } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: "web", Description: "web", VpcId: vpcId }),
  );
  const letIn = (CidrIp: string) =>
    ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: SERVED, ToPort: SERVED, IpRanges: [{ CidrIp }] }],
      }),
    );
  const network = {
    networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups: [GroupId] } },
  };
  const define = (family: string, script: string) =>
    register(ecs, family, {
      networkMode: "awsvpc",
      containerDefinitions: [
        container(script, {
          portMappings: [{ containerPort: SERVED }],
          environment: [{ name: "NAME", value: name }],
        }),
      ],
    });
  const balancer = await makeBalancer({ stack, client, port, targetType: "ip", drainSeconds: 1 });
  const close = async () => {
    await deleteAllServices(ecs);
    await stopAllTasks(ecs);
    await deleteBalancer(balancer);
    const left = async () => {
      const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
      return [NetworkInterfaces ?? [], await networksOf(vpcId)];
    };
    await vi.waitFor(async () => expect(await left()).toEqual([[], []]), 60_000);
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    await account.close();
  };
  return {
    vpcId,
    cidr: vpc?.CidrBlock,
    url: balancer.url,
    letIn,
    close,
    async serve() {
      await createService(ecs, "web", await define("web", SERVE), {
        desiredCount: 1,
        loadBalancers: [{ targetGroupArn: balancer.group, containerName: "main", containerPort: SERVED }],
        ...network,
      });
      await untilRolledOut(ecs, "web");
      const [task] = await tasksOfService(ecs, "web");
      return addressOf(task);
    },
    /** From a task of its own: 0 when the address answers with the text. */
    async asks(address: string, expected: string) {
      const once = `timeout 3 wget -q -O - http://${address}:${SERVED}/ | grep -qx ${expected}`;
      const task = await runTask(ecs, await define("asks", `${once} || ${once} || exit 7`), network);
      return (await untilStopped(ecs, task)).containers?.[0]?.exitCode;
    },
  };
}

const addressOf = (task: Task | undefined): string =>
  task?.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? "";

const networkOf = (address: string) => address.split(".").slice(0, 2).join(".");

const [one, two] = await Promise.all([aPlace("one", FIRST_PORT), aPlace("two", SECOND_PORT)]);
afterAll(async () => {
  await one.close();
  await two.close();
});

test("VPCs of one range run tasks on one machine, each behind its own load balancer and out of the other's reach", async () => {
  expect([one.cidr, two.cidr]).toEqual(["172.31.0.0/16", "172.31.0.0/16"]);
  // The rule names the VPC's own range, wherever its tasks are here; it lets the VPC's load balancers in too.
  await Promise.all([one, two].map(({ letIn, cidr = "" }) => letIn(cidr)));
  const [ofOne, ofTwo] = await Promise.all([one.serve(), two.serve()]);
  expect(networkOf(ofOne)).not.toBe(networkOf(ofTwo));
  expect([await networksOf(one.vpcId), await networksOf(two.vpcId)].map(({ length }) => length)).toEqual([
    1, 1,
  ]);
  const answers = async () =>
    Promise.all([one, two].map(async ({ url }) => (await (await fetch(url)).text()).trim()));
  expect(await answers()).toEqual(["one", "two"]);
  expect(await Promise.all([one.asks(ofOne, "one"), two.asks(ofTwo, "two")])).toEqual([0, 0]);

  // Groups that let everybody in do not join what are different networks.
  await Promise.all([one, two].map(({ letIn }) => letIn("0.0.0.0/0")));
  expect(await Promise.all([one.asks(ofTwo, "two"), two.asks(ofOne, "one")])).toEqual([7, 7]);
  expect(await Promise.all([one.asks(ofOne, "one"), two.asks(ofTwo, "two")])).toEqual([0, 0]);
  expect(await answers()).toEqual(["one", "two"]);
});
