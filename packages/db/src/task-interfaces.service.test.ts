import type { TaskNetwork } from "@roadstead/model/task-network";
import { beforeEach, describe, expect, it } from "vitest";
import type { Db } from "./connect.ts";
import { natGateways, type SubnetRow, securityGroups, subnets, type VpcRow, vpcs } from "./network-tables.ts";
import { ensureNetwork } from "./networks.ts";
import { archiveStoppedTasks } from "./task-history.ts";
import { allotInterfaces } from "./task-interfaces.ts";
import { findTasks, tasksOfLaunch } from "./tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";
import { aLaunch, aWorld, openLaunch, placeAll, REGION, useDb, type World } from "./world.test-data.ts";

const test = useDb();

interface Network {
  readonly vpc: VpcRow;
  readonly small: SubnetRow;
  readonly large: SubnetRow;
  readonly groupId: string;
}

let world: World;
let network: Network;

/** The default VPC, with a subnet of eleven addresses beside those it comes with. */
async function aNetwork(db: Db, { scope }: World): Promise<Network> {
  await ensureNetwork(db, scope);
  const [vpc] = await vpcs.all(db, scope.id);
  const large = (await subnets.all(db, scope.id)).find((one) => one.availabilityZone === `${REGION}a`);
  const [group] = await securityGroups.all(db, scope.id);
  if (!vpc || !large || !group) throw new Error("no default VPC");
  const { createdAt: _, ...like } = large;
  const small = await db.write((tx) =>
    subnets.insert(tx, {
      ...like,
      id: "subnet-00000000000000001",
      cidrBlock: "172.31.255.0/28",
      availabilityZone: `${REGION}b`,
    }),
  );
  return { vpc, small, large, groupId: group.id };
}

beforeEach(async () => {
  world = await aWorld(test.db);
  network = await aNetwork(test.db, world);
});

const asked = (over: Partial<TaskNetwork> = {}): TaskNetwork => ({
  subnets: [network.small.id],
  securityGroups: [network.groupId],
  assignPublicIp: "DISABLED",
  ...over,
});

/** Tasks of no CPU, so that addresses alone run out. */
async function launched(count: number, wanted: TaskNetwork | null, group = "family:web") {
  const plain = aLaunch(world, { count });
  const demand = { cpu: 0, memoryMiB: 1, ports: [], gpus: 0 };
  const { request } = await openLaunch(test.db, {
    ...plain,
    task: { ...plain.task, demand, network: wanted, group },
  });
  await placeAll(test.db, world);
  return tasksOfLaunch(test.db, request.id);
}

const held = () =>
  test.db.query<{ privateIp: string; taskId: string }>(
    `SELECT private_ip AS "privateIp", task_id AS "taskId" FROM network_interfaces ORDER BY private_ip`,
  );

const stop = (taskId: string) =>
  test.db.write((tx) => transitionTasks(tx, [{ taskId, lastStatus: "STOPPED" }]));

describe("a task in awsvpc mode", () => {
  it("is PROVISIONING with an address of its subnet, its groups and an attachment of its own", async () => {
    const [task] = await launched(1, asked());
    expect(task).toMatchObject({ lastStatus: "PROVISIONING", version: 1, network: asked() });
    expect(task?.networkInterface).toMatchObject({
      id: expect.stringMatching(/^eni-0[0-9a-f]{16}$/),
      attachmentId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      vpcId: network.vpc.id,
      vpcCidr: "172.31.0.0/16",
      subnetId: network.small.id,
      subnetCidr: "172.31.255.0/28",
      availabilityZone: `${REGION}b`,
      privateIp: expect.stringMatching(/^172\.31\.255\.([4-9]|1[0-4])$/),
      mac: expect.stringMatching(/^0a(:[0-9a-f]{2}){5}$/),
      groupIds: [network.groupId],
    });
    expect(await held()).toEqual([{ privateIp: task?.networkInterface?.privateIp, taskId: task?.id }]);
  });

  it("gives its address back when it has stopped, and still shows what it had", async () => {
    const [task] = await launched(1, asked());
    await stop(task?.id ?? "");
    expect(await held()).toEqual([]);
    const [stopped] = await findTasks(test.db, world.cluster.id, [task?.id ?? ""]);
    expect(stopped?.networkInterface).toEqual(task?.networkInterface);
  });

  it("fails to start in EC2's words when no address is free, and the next has the address that comes free", async () => {
    const tasks = await launched(12, asked());
    expect(new Set((await held()).map(({ privateIp }) => privateIp)).size).toBe(11);
    const refused = tasks.filter(({ networkInterface }) => networkInterface === null);
    expect(refused).toMatchObject([
      {
        lastStatus: "STOPPED",
        stopCode: "TaskFailedToStart",
        stoppedReason: `Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet '${network.small.id}': InsufficientFreeAddressesInSubnet`,
      },
    ]);
    const leaving = tasks.find(({ networkInterface }) => networkInterface !== null);
    await stop(leaving?.id ?? "");
    const [next] = await launched(1, asked());
    expect(next?.networkInterface?.privateIp).toBe(leaving?.networkInterface?.privateIp);
  });

  it("never gets an address that a NAT gateway has", async () => {
    await test.db.write((tx) =>
      natGateways.insert(tx, {
        id: "nat-00000000000000001",
        scopeId: world.scope.id,
        vpcId: network.vpc.id,
        subnetId: network.small.id,
        connectivityType: "private",
        networkInterfaceId: "eni-00000000000000001",
        privateIp: "172.31.255.9",
        tags: [],
      }),
    );
    await launched(11, asked());
    const addresses = (await held()).map(({ privateIp }) => privateIp);
    expect(addresses).toHaveLength(10);
    expect(addresses).not.toContain("172.31.255.9");
  });

  it("spreads its group over the subnets", async () => {
    const both = asked({ subnets: [network.small.id, network.large.id] });
    const tasks = await launched(6, both, "service:web");
    const counts = Map.groupBy(tasks, ({ networkInterface }) => networkInterface?.subnetId);
    expect([counts.get(network.small.id)?.length, counts.get(network.large.id)?.length]).toEqual([3, 3]);
  });

  it("is told of a subnet that is gone", async () => {
    const [task] = await launched(1, asked({ subnets: ["subnet-0aaaaaaaaaaaaaaaa"] }));
    expect(task?.stoppedReason).toContain("in subnet 'subnet-0aaaaaaaaaaaaaaaa': InvalidSubnetID.NotFound");
  });

  it("takes nothing away with it when it is archived", async () => {
    const [task] = await launched(1, asked());
    await stop(task?.id ?? "");
    expect(await archiveStoppedTasks(test.db, 0)).toBe(1);
    expect(await held()).toEqual([]);
  });
});

it("gives each of many tasks that are placed at once an address of its own", async () => {
  const tasks = await launched(8, null);
  await test.db.query("UPDATE tasks SET network = $1", [JSON.stringify(asked())]);
  const given = await Promise.all(
    tasks.map(({ id }) => test.db.write((tx) => allotInterfaces(tx, [{ taskId: id, zone: null }]))),
  );
  expect(given.map(({ allotted }) => allotted.size)).toEqual(Array.from({ length: 8 }, () => 1));
  expect(new Set((await held()).map(({ privateIp }) => privateIp)).size).toBe(8);
});

it("uses the subnets of the instance's zone alone where it is told one", async () => {
  const [task] = await launched(1, null);
  const both = asked({ subnets: [network.small.id, network.large.id] });
  await test.db.query("UPDATE tasks SET network = $1", [JSON.stringify(both)]);
  const wish = { taskId: task?.id ?? "", zone: network.large.availabilityZone };
  const { allotted } = await test.db.write((tx) => allotInterfaces(tx, [wish]));
  expect(allotted.get(wish.taskId)?.subnetId).toBe(network.large.id);
});

it("leaves tasks of other network modes alone", async () => {
  const [task] = await launched(1, null);
  expect(task).toMatchObject({ lastStatus: "PENDING", network: null, networkInterface: null });
  expect(await held()).toEqual([]);
});
