import { DEFAULT_RANGE_PLAN, type RangePlan, readMappings } from "@roadstead/model/machine-range";
import type { TaskInterface } from "@roadstead/model/task-network";
import { beforeEach, expect, it } from "vitest";
import { FIRST_ACCOUNT_ID } from "./accounts.ts";
import type { Db } from "./connect.ts";
import { addressesOfSubnet } from "./network-interfaces.ts";
import { mintResourceId, natGateways, type SubnetRow, subnets, type VpcRow, vpcs } from "./network-tables.ts";
import { ensureNetwork, makeVpc, removeVpc } from "./networks.ts";
import { ensureScope, findScope, type Scope } from "./scopes.ts";
import { securityOfVpcs } from "./security-state.ts";
import { allotInterfaces } from "./task-interfaces.ts";
import { tasksOfLaunch } from "./tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";
import { aLaunch, aWorld, openLaunch, placeAll, useDb, type World } from "./world.test-data.ts";

const test = useDb();

let world: World;
beforeEach(async () => {
  world = await aWorld(test.db);
});

interface Place {
  readonly scope: Scope;
  readonly vpc: VpcRow;
  readonly subnet: SubnetRow;
}

/** Another region of the account, with its default VPC. */
async function aRegion(db: Db, region: string): Promise<Place> {
  await db.write((tx) => ensureScope(tx, { accountId: FIRST_ACCOUNT_ID, region }));
  const scope = await findScope(db, { accountId: FIRST_ACCOUNT_ID, region });
  if (!scope) throw new Error(`no scope of ${region}`);
  await ensureNetwork(db, scope);
  const [vpc] = await vpcs.all(db, scope.id);
  const [subnet] = await subnets.all(db, scope.id);
  if (!vpc || !subnet) throw new Error("no default VPC");
  return { scope, vpc, subnet };
}

/** A VPC of the region with one subnet that is all of it. */
async function aVpc(db: Db, { scope, subnet: like }: Place, cidrBlock: string): Promise<Place> {
  const { createdAt: _, ...row } = like;
  return db.write(async (tx) => {
    const { vpc } = await makeVpc(tx, scope, { cidrBlock, isDefault: false, tags: [] });
    const own = { id: mintResourceId("subnet"), vpcId: vpc.id, cidrBlock, isDefault: false };
    return { scope, vpc, subnet: await subnets.insert(tx, { ...row, ...own }) };
  });
}

/** Tasks of the region that want an address of the subnet. */
async function wanting({ scope, subnet }: Place, count = 1): Promise<readonly string[]> {
  const plain = aLaunch(world, { count });
  const demand = { cpu: 0, memoryMiB: 1, ports: [], gpus: 0 };
  const { request } = await openLaunch(test.db, { ...plain, task: { ...plain.task, demand } });
  await placeAll(test.db, world);
  const ids = (await tasksOfLaunch(test.db, request.id)).map(({ id }) => id);
  const network = { subnets: [subnet.id], securityGroups: [], assignPublicIp: "DISABLED" };
  await test.db.query("UPDATE tasks SET network = $1, scope_id = $2 WHERE id = ANY($3)", [
    JSON.stringify(network),
    scope.id,
    ids,
  ]);
  return ids;
}

const allot = (taskIds: readonly string[], plan?: RangePlan) =>
  test.db.write((tx) =>
    allotInterfaces(
      tx,
      taskIds.map((taskId) => ({ taskId, zone: null })),
      plan,
    ),
  );

async function given(place: Place, plan?: RangePlan): Promise<TaskInterface> {
  const [taskId = ""] = await wanting(place);
  const { allotted, refused } = await allot([taskId], plan);
  const one = allotted.get(taskId);
  if (!one) throw new Error(`refused: ${JSON.stringify(refused)}`);
  return one;
}

const rangeOf = async ({ vpc }: Place) =>
  (
    await test.db.query<{ range: string | null }>(
      "SELECT machine_range::text AS range FROM vpcs WHERE id = $1",
      [vpc.id],
    )
  )[0]?.range;

const stopAll = async () => {
  const rows = await test.db.query<{ taskId: string }>(
    `SELECT task_id AS "taskId" FROM network_interfaces WHERE task_id IS NOT NULL`,
  );
  const stops = rows.map(({ taskId }) => ({ taskId, lastStatus: "STOPPED" as const }));
  await test.db.write((tx) => transitionTasks(tx, stops));
};

const mapped = (text: string): RangePlan => ({ ...DEFAULT_RANGE_PLAN, mappings: readMappings(text) ?? [] });

it("gives the first of two VPCs of one range its own, and the second another of the same size", async () => {
  const [first, second] = [await aRegion(test.db, "eu-test-2"), await aRegion(test.db, "eu-test-3")];
  expect([await rangeOf(first), await rangeOf(second)]).toEqual([null, null]);
  expect(await given(first)).toMatchObject({
    vpcCidr: "172.31.0.0/16",
    subnetCidr: first.subnet.cidrBlock,
    privateIp: expect.stringMatching(/^172\.31\./),
  });
  const moved = await given(second);
  expect(moved).toMatchObject({
    vpcCidr: "100.64.0.0/16",
    subnetCidr: second.subnet.cidrBlock.replace("172.31.", "100.64."),
    privateIp: expect.stringMatching(/^100\.64\./),
  });
  expect((await given(second)).vpcCidr).toBe("100.64.0.0/16");
  const [state] = await securityOfVpcs(test.db, [second.vpc.id]);
  expect(state).toMatchObject({
    cidr: "172.31.0.0/16",
    machineRange: "100.64.0.0/16",
    members: [expect.anything(), expect.anything()],
  });
  expect(state?.members.map(({ address }) => address)).toContain(moved.privateIp);
});

it("gives VPCs of many regions whose first tasks come at once ranges that do not overlap", async () => {
  const places: Place[] = [];
  for (let n = 0; n < 6; n += 1) places.push(await aRegion(test.db, `eu-race-${n}`));
  const tasks: (readonly string[])[] = [];
  // Two of each region, in transactions of their own.
  for (const place of [...places, ...places]) tasks.push(await wanting(place));
  const answers = await Promise.all(tasks.map((ids) => allot(ids)));
  expect(answers.flatMap(({ refused }) => refused)).toEqual([]);
  const ranges = await Promise.all(places.map(rangeOf));
  expect(ranges.toSorted()).toEqual([...[64, 65, 66, 67, 68].map((n) => `100.${n}.0.0/16`), "172.31.0.0/16"]);
  for (const [n, { allotted }] of answers.entries()) {
    const [one] = [...allotted.values()];
    expect(one?.vpcCidr).toBe(ranges[n % places.length]);
  }
});

it("refuses a range that overlaps another's, whoever writes it", async () => {
  const [first, second] = [await aRegion(test.db, "eu-test-2"), await aRegion(test.db, "eu-test-3")];
  const write = (place: Place, range: string) =>
    test.db.query("UPDATE vpcs SET machine_range = $2::cidr WHERE id = $1", [place.vpc.id, range]);
  await write(first, "10.0.0.0/16");
  await expect(write(second, "10.0.128.0/20")).rejects.toThrow(/vpcs_machine_ranges_apart/);
  await write(second, "10.1.0.0/16");
});

it("gives a deleted VPC's range to the next that wants it", async () => {
  const region = await aRegion(test.db, "eu-test-2");
  const [first, second] = [
    await aVpc(test.db, region, "10.0.0.0/24"),
    await aVpc(test.db, region, "10.0.0.0/24"),
  ];
  expect((await given(first)).vpcCidr).toBe("10.0.0.0/24");
  await stopAll();
  await test.db.write(async (tx) => {
    await subnets.remove(tx, first.subnet.id);
    await removeVpc(tx, first.vpc.id);
  });
  expect((await given(second)).vpcCidr).toBe("10.0.0.0/24");
});

it("gives no address twice and none of a NAT gateway, in a range that was moved as well", async () => {
  const region = await aRegion(test.db, "eu-test-2");
  await given(await aVpc(test.db, region, "10.0.0.0/28"));
  const place = await aVpc(test.db, region, "10.0.0.0/28");
  await test.db.write((tx) =>
    natGateways.insert(tx, {
      id: mintResourceId("nat"),
      scopeId: place.scope.id,
      vpcId: place.vpc.id,
      subnetId: place.subnet.id,
      connectivityType: "private",
      networkInterfaceId: mintResourceId("eni"),
      privateIp: "10.0.0.9",
      tags: [],
    }),
  );
  const { allotted, refused } = await allot(await wanting(place, 11));
  const expected = [4, 5, 6, 7, 8, 10, 11, 12, 13, 14];
  const lastOf = (address: string) => Number(address.split(".").at(-1));
  expect([...allotted.values()].map(({ privateIp }) => lastOf(privateIp)).sort((a, b) => a - b)).toEqual(
    expected,
  );
  expect(refused).toMatchObject([{ reason: expect.stringContaining("InsufficientFreeAddressesInSubnet") }]);
  expect((await addressesOfSubnet(test.db, place.subnet.id)).toSorted()).toEqual(
    expected.map((n) => `10.0.0.${n}`).toSorted(),
  );
});

it("takes the range that an operator says, also for a VPC that had another once no task of it is left", async () => {
  const region = await aRegion(test.db, "eu-test-2");
  const place = await aVpc(test.db, region, "10.0.0.0/16");
  const plan = mapped("10.0.0.0/16=10.90.0.0/16");
  expect((await given(place)).privateIp).toMatch(/^10\.0\./);
  expect((await given(place, plan)).privateIp).toMatch(/^10\.0\./);
  await stopAll();
  expect((await given(place, plan)).privateIp).toMatch(/^10\.90\./);
  const other = await aVpc(test.db, region, "10.0.0.0/16");
  expect((await given(other, plan)).vpcCidr).toBe("100.64.0.0/16");
});

it("refuses tasks of a VPC for which no range is left, and says so", async () => {
  const region = await aRegion(test.db, "eu-test-2");
  await given(await aVpc(test.db, region, "10.0.0.0/16"));
  const place = await aVpc(test.db, region, "10.0.0.0/16");
  const [pool] = readMappings("100.64.0.0/20=100.64.0.0/20") ?? [];
  if (!pool) throw new Error("no pool");
  const { allotted, refused } = await allot(await wanting(place), { pool: pool.from, mappings: [] });
  expect(allotted.size).toBe(0);
  expect(refused).toMatchObject([
    { reason: expect.stringMatching(`: no range on machines is free for ${place.vpc.id}$`) },
  ]);
});
