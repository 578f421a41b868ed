/** What agents are told of security groups, with a websocket client as the agent and real PostgreSQL and Redis. */
import { migrate } from "@roadstead/db/migrate";
import { ensureNetwork } from "@roadstead/db/networks";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { usePostgres } from "@roadstead/testing/postgres";
import { usePrivateRedis } from "@roadstead/testing/redis";
import { expect, test } from "vitest";
import { useGateways, WAIT } from "./gateway-fixture.ts";

const postgres = usePostgres({ migrate });
const redis = usePrivateRedis();
const gateways = useGateways(postgres, redis);

/** A world whose tasks have addresses of the default VPC, and a load balancer there. */
async function aNetworkedWorld() {
  const world = await gateways.world();
  const db = gateways.db();
  await ensureNetwork(db, world.scope);
  const [found] = await db.query<{ subnetId: string; vpcId: string; groupId: string }>(
    `SELECT n.id AS "subnetId", n.vpc_id AS "vpcId", g.id AS "groupId"
     FROM subnets n JOIN security_groups g ON g.vpc_id = n.vpc_id ORDER BY n.id LIMIT 1`,
  );
  if (!found) throw new Error("no default VPC");
  await db.query(
    `INSERT INTO load_balancers (id, scope_id, name, type, scheme, state, slot, address, loopback_address, dns_name,
       vpc_id, subnets, security_groups, attributes, tags)
     VALUES ('b', $1, 'front', 'application', 'internal', 'active', 1, '198.18.64.1', '127.64.0.1', 'front.test',
       $2, '[]', to_jsonb(ARRAY[$3::text]), '{}', '[]')`,
    [world.scope.id, found.vpcId, found.groupId],
  );
  const network = { subnets: [found.subnetId], securityGroups: [], assignPublicIp: "DISABLED" } as const;
  const [rules] = await db.query<{ ids: string[] }>(
    "SELECT array_agg(id ORDER BY id) AS ids FROM security_group_rules",
  );
  return { ...world, ...found, network, ruleCount: rules?.ids.length ?? 0 };
}

const addressOf = async (taskId: string | undefined) =>
  (
    await gateways
      .db()
      .query<{ ip: string }>(
        "SELECT network_interface->>'privateIp' AS ip FROM task_state WHERE task_id = $1",
        [taskId ?? ""],
      )
  )[0]?.ip;

test("an agent knows who is in the VPC and what its groups let through before it has the task", async () => {
  const world = await aNetworkedWorld();
  const gateway = await gateways.open();
  const agent = gateways.agent(gateway, world);
  await agent.first("TaskManifestMessage");
  expect((await agent.first("SecurityGroupsMessage")).vpcs).toEqual([]);

  const [taskId] = await world.placeTasks(1, world.network);
  await agent.first("PayloadMessage");
  const kinds = agent.frames.map(({ type }) => type).filter((type) => /Security|Payload/.test(type));
  expect(kinds).toEqual(["SecurityGroupsMessage", "SecurityGroupsMessage", "PayloadMessage"]);
  const [vpc, ...others] = agent.of("SecurityGroupsMessage")[1]?.message.vpcs ?? [];
  expect(others).toEqual([]);
  const everything = { protocol: "-1", fromPort: -1, toPort: -1 };
  expect(vpc).toEqual({
    vpcId: world.vpcId,
    cidr: "172.31.0.0/16",
    revision: expect.stringMatching(/^[\w-]{43}$/),
    members: [
      { address: await addressOf(taskId), groupIds: [world.groupId] },
      { address: "198.18.64.1", groupIds: [world.groupId] },
    ],
    groups: [
      {
        id: world.groupId,
        rules: expect.arrayContaining([
          { ...everything, egress: true, cidr: "0.0.0.0/0" },
          { ...everything, egress: false, groupId: world.groupId },
        ]),
      },
    ],
  });
  expect(vpc.groups[0].rules).toHaveLength(world.ruleCount);
  expect(agent.of("PayloadMessage")[0]?.message.tasks[0].elasticNetworkInterfaces[0].ipv4Addresses).toEqual([
    { primary: true, privateAddress: await addressOf(taskId) },
  ]);
});

test("a change of rules or of members is sent once, and the end of the last task says that nothing is left", async () => {
  const world = await aNetworkedWorld();
  const gateway = await gateways.open();
  const agent = gateways.agent(gateway, world);
  await agent.first("TaskManifestMessage");
  const [taskId = ""] = await world.placeTasks(1, world.network);
  await agent.first("PayloadMessage");
  const told = () => agent.of("SecurityGroupsMessage").map(({ message }) => message.vpcs);
  const count = told().length;

  await gateways
    .db()
    .query("UPDATE security_group_rules SET cidr_ipv4 = '10.0.0.0/8' WHERE cidr_ipv4 IS NOT NULL");
  await expect.poll(() => told().length, WAIT).toBe(count + 1);
  expect(JSON.stringify(told().at(-1))).toContain('"cidr":"10.0.0.0/8"');
  await gateways.db().query("DELETE FROM load_balancers");
  await expect.poll(() => told().length, WAIT).toBe(count + 2);
  expect(told().at(-1)?.[0].members).toHaveLength(1);
  await gateways.db().write((tx) => transitionTasks(tx, [{ taskId, lastStatus: "STOPPED" }]));
  await expect.poll(() => told().length, WAIT).toBe(count + 3);
  expect(told().at(-1)).toEqual([]);
});

test("a new connection is told everything again, before its tasks", async () => {
  const world = await aNetworkedWorld();
  const gateway = await gateways.open();
  await world.placeTasks(1, world.network);
  const agent = gateways.agent(gateway, world);
  await agent.first("PayloadMessage");
  expect(agent.frames.findIndex(({ type }) => type === "SecurityGroupsMessage")).toBeLessThan(
    agent.frames.findIndex(({ type }) => type === "PayloadMessage"),
  );
  expect((await agent.first("SecurityGroupsMessage")).vpcs).toMatchObject([{ vpcId: world.vpcId }]);
});

test("a VPC that is elsewhere on machines is told as it is there, and so are rules that name its addresses", async () => {
  const world = await aNetworkedWorld();
  const gateway = await gateways.open();
  const db = gateways.db();
  await db.query("UPDATE vpcs SET machine_range = '10.90.0.0/16'");
  await db.query("UPDATE security_group_rules SET cidr_ipv4 = '172.31.7.0/24' WHERE cidr_ipv4 IS NOT NULL");
  const agent = gateways.agent(gateway, world);
  await agent.first("TaskManifestMessage");
  const [taskId] = await world.placeTasks(1, world.network);
  const payload = await agent.first("PayloadMessage");
  const address = await addressOf(taskId);
  expect(address).toMatch(/^10\.90\./);
  expect(payload.tasks[0].elasticNetworkInterfaces).toMatchObject([
    {
      ipv4Addresses: [{ primary: true, privateAddress: address }],
      subnetGatewayIpv4Address: "10.90.0.1/16",
      vpcCidr: "10.90.0.0/16",
    },
  ]);
  const vpcs = agent.of("SecurityGroupsMessage").at(-1)?.message.vpcs;
  expect(vpcs).toMatchObject([{ vpcId: world.vpcId, cidr: "10.90.0.0/16" }]);
  expect(JSON.stringify(vpcs)).toContain('"cidr":"10.90.7.0/24"');
  expect(JSON.stringify(vpcs)).not.toContain("172.31.");
});
