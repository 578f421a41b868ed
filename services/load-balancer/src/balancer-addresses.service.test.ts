/** Guarantees of a load balancer's own address, which only root can make: who may come to it, and whom targets see. */
import { Agent, request } from "node:http";
import { ensureNetwork } from "@roadstead/db/networks";
import { useDb } from "@roadstead/db/world.test-data";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureAddressPool } from "./address-pool.ts";
import { aBalancer, type BalancerWorld, GROUP, SOON } from "./balancer-world.test-data.ts";
import { aHaproxy, aTarget, HAPROXY, type TestHaproxy, type TestTarget } from "./haproxy.test-data.ts";

const canRun = HAPROXY !== null && ensureAddressPool();
if (!canRun) process.stderr.write("skipped: HAProxy is not installed, or the pool cannot be made local\n");

const at = useDb();
/** Of the pool's far end, where no installation of this machine is likely to be. */
const ADDRESS = "198.18.127.1";
const FRIEND = "198.18.127.77";
const STRANGER = "198.18.127.5";

let haproxy: TestHaproxy;
let target: TestTarget;
let world: BalancerWorld;
let group: string;

interface Answer {
  readonly status: number;
  readonly peer: string | null;
  readonly forwardedFor: string | null;
}

const REFUSED: Answer = { status: 0, peer: null, forwardedFor: null };

function ask(from: string, host = ADDRESS, agent: Agent | false = false): Promise<Answer> {
  const { port } = new URL(world.url);
  return new Promise((resolve) => {
    const asked = request({ host, port, localAddress: from, agent, timeout: 20_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const { peer = null, headers = {} } = text.startsWith("{") ? JSON.parse(text) : {};
        resolve({ status: response.statusCode ?? 0, peer, forwardedFor: headers["x-forwarded-for"] ?? null });
      });
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", () => resolve(REFUSED));
    asked.end();
  });
}

const letIn = (cidr: string) =>
  at.db.query(
    `INSERT INTO security_group_rules (id, scope_id, group_id, egress, protocol, from_port, to_port, cidr_ipv4, tags)
     SELECT $1, scope_id, id, false, 'tcp', 1, 65535, $2, '[]' FROM security_groups WHERE id = $3`,
    [`sgr-${cidr}`, cidr, group],
  );

describe.skipIf(!canRun)("a load balancer's own address", () => {
  beforeEach(async () => {
    haproxy = await aHaproxy();
    target = await aTarget();
    await haproxy.start();
    world = await aBalancer(at.db, haproxy);
    await ensureNetwork(at.db, { id: world.scopeId, accountId: "000000000000", region: "eu-west-1" });
    const [made] = await at.db.query<{ id: string; vpcId: string }>(
      'SELECT id, vpc_id AS "vpcId" FROM security_groups',
    );
    if (!made) throw new Error("no security group");
    group = made.id;
    await at.db.query("DELETE FROM security_group_rules WHERE NOT egress");
    await at.db.query("UPDATE load_balancers SET address = $1, security_groups = $2, vpc_id = $3", [
      ADDRESS,
      JSON.stringify([group]),
      made.vpcId,
    ]);
    await letIn("198.18.127.64/26");
    await world.runs();
    await world.register(GROUP, target.port);
    await world.until(GROUP, target.port, "healthy");
  });
  afterEach(async () => {
    await haproxy.remove();
    await target.close();
  });

  test("is what targets see, with the client told in a header", async () => {
    expect(await ask(FRIEND)).toEqual({ status: 200, peer: ADDRESS, forwardedFor: FRIEND });
  });

  test("takes connections from those alone whom its groups let in; its loopback twin takes everybody on the machine", async () => {
    expect(await ask(FRIEND)).toMatchObject({ status: 200 });
    expect(await ask(STRANGER)).toEqual(REFUSED);
    expect(await ask("127.0.0.1", world.loopback)).toMatchObject({ status: 200 });
  });

  test("follows a change of rules without a reload, and cuts nobody who is connected", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await ask(FRIEND, ADDRESS, agent)).toMatchObject({ status: 200 });
    await letIn(`${STRANGER}/32`);
    await at.db.query("DELETE FROM security_group_rules WHERE cidr_ipv4 = '198.18.127.64/26'");
    expect(await world.pass()).toMatchObject({ running: true, reloaded: false });
    expect(await ask(STRANGER)).toMatchObject({ status: 200 });
    expect(await ask(FRIEND)).toEqual(REFUSED);
    expect(await ask(FRIEND, ADDRESS, agent)).toMatchObject({ status: 200 });
    agent.destroy();
    await haproxy.kill();
    await haproxy.start();
    await expect.poll(() => ask(STRANGER), SOON).toMatchObject({ status: 200 });
    expect(await ask(FRIEND)).toEqual(REFUSED);
  });

  test("lets in the members of a group that a rule names, other load balancers and tasks alike", async () => {
    await at.db.query(
      `UPDATE security_group_rules SET cidr_ipv4 = NULL, referenced_group_id = group_id WHERE NOT egress`,
    );
    await world.pass();
    expect(await ask(FRIEND)).toEqual(REFUSED);
    expect(await ask(ADDRESS)).toMatchObject({ status: 200 });
    await at.db.query(
      `INSERT INTO network_interfaces (id, scope_id, vpc_id, subnet_id, private_ip, mac, group_ids, description)
       SELECT 'eni-1', scope_id, vpc_id, id, $1, '02:00:00:00:00:01', $2, '' FROM subnets LIMIT 1`,
      [FRIEND, JSON.stringify([group])],
    );
    await world.pass();
    expect(await ask(FRIEND)).toMatchObject({ status: 200 });
  });

  test("lets in tasks by the addresses that a rule names of their VPC, wherever those are on machines", async () => {
    await at.db.query("DELETE FROM security_group_rules WHERE NOT egress");
    await at.db.query("UPDATE vpcs SET machine_range = '198.18.0.0/16'");
    await letIn("172.31.127.77/32");
    await world.pass();
    expect(await ask(FRIEND)).toMatchObject({ status: 200 });
    expect(await ask(STRANGER)).toEqual(REFUSED);
    await letIn(`${STRANGER}/32`);
    await world.pass();
    expect(await ask(STRANGER)).toEqual(REFUSED);
  });
});
