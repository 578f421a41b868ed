/** Guarantees of the loop that tends hosts, on real PostgreSQL, with a provider that only notes what is asked of it. */
import { openSession } from "@roadstead/db/agent-sessions";
import { revokeAgent } from "@roadstead/db/agents";
import { insertContainerInstance } from "@roadstead/db/container-instances";
import { hostsOfMachine, insertHost, retireHost } from "@roadstead/db/fargate-fleets";
import { aRegistration, aWorld, box, useDb, type World } from "@roadstead/db/world.test-data";
import { createLogger } from "@roadstead/service-kit/log";
import { expect, test } from "vitest";
import type { HostProvider } from "./host-provider.ts";
import { tendHosts } from "./tend-hosts.ts";

const at = useDb();
const MACHINE = "here";
const BUDGET = { cpu: 2_048, memoryMiB: 4_096 };
const SIZE = { cpu: 256, memoryMiB: 512 };

/** Everything it was ever asked to run is there until it is ended twice. */
function aProvider(...strangers: readonly string[]) {
  const running = new Map<string, string>(strangers.map((id) => [id, ""]));
  const ending = new Set<string>();
  const provider: HostProvider = {
    present: () => [...running.keys()],
    ensure: ({ id, identity }) => void running.set(id, identity.accessKeyId),
    end(id) {
      const asked = ending.has(id);
      ending.add(id);
      if (asked) running.delete(id);
      return asked;
    },
  };
  return { provider, running };
}

const tend = (provider: HostProvider, idleMs = 60_000) =>
  tendHosts({
    db: at.db,
    secrets: box,
    machine: MACHINE,
    provider,
    idleMs,
    log: createLogger({ service: "test", level: "silent" }),
  });

async function aHost(world: World, machine = MACHINE): Promise<string> {
  const host = { scopeId: world.scope.id, machine, budget: BUDGET, ...SIZE };
  const id = await at.db.write((tx) => insertHost(tx, box, host));
  if (id === null) throw new Error("no room");
  return id;
}

const statuses = async () => (await hostsOfMachine(at.db, MACHINE)).map(({ status }) => status);

test("each host of this machine runs with its own key; another machine's is left alone", async () => {
  const world = await aWorld(at.db);
  const ids = [await aHost(world), await aHost(world)].sort();
  await aHost(world, "elsewhere");
  const { provider, running } = aProvider();
  await tend(provider);
  expect([...running.keys()].sort()).toEqual(ids);
  expect(new Set(running.values()).size).toBe(2);
});

test("a machine gives its hosts no more than its budget, whoever asks at the same time", async () => {
  const world = await aWorld(at.db);
  const host = { scopeId: world.scope.id, machine: MACHINE, budget: { cpu: 512, memoryMiB: 4_096 }, ...SIZE };
  const made = await Promise.all(
    Array.from({ length: 5 }, () => at.db.write((tx) => insertHost(tx, box, host))),
  );
  expect(made.filter((id) => id !== null)).toHaveLength(2);
});

test("a retired host is ended, keeps its share of the machine until it has, and is forgotten then", async () => {
  const world = await aWorld(at.db);
  const id = await aHost(world);
  const { provider, running } = aProvider();
  await tend(provider);
  expect(await at.db.write((tx) => retireHost(tx, id))).toBe(true);
  await tend(provider);
  expect([running.has(id), await statuses()]).toEqual([true, ["RETIRED"]]);
  await tend(provider);
  expect([running.has(id), await statuses()]).toEqual([false, []]);
});

test("of idle hosts all but one leave, when they were idle for long enough", async () => {
  const world = await aWorld(at.db);
  await aHost(world);
  await aHost(world);
  await aHost(world);
  const { provider } = aProvider();
  await tend(provider);
  expect(await statuses()).toEqual(["ACTIVE", "ACTIVE", "ACTIVE"]);
  await tend(provider, 0);
  expect((await statuses()).sort()).toEqual(["ACTIVE", "RETIRED", "RETIRED"]);
});

test("what runs here but is in no row is ended", async () => {
  await aWorld(at.db);
  const { provider, running } = aProvider("stranger");
  await tend(provider);
  await tend(provider);
  expect([...running.keys()]).toEqual([]);
});

test("a host whose agent was revoked is given up", async () => {
  const world = await aWorld(at.db);
  await aHost(world);
  const [host] = await hostsOfMachine(at.db, MACHINE);
  await at.db.write(async (tx) => {
    const [fleet] = await tx.query<{ id: string }>("SELECT cluster_id AS id FROM fargate_fleets");
    const registration = aRegistration(
      { scope: world.scope, cluster: { id: fleet?.id ?? "" } },
      { agentId: host?.agentId ?? null },
    );
    const { id } = await insertContainerInstance(tx, registration);
    await openSession(tx, { instanceId: id, gatewayId: "g1", versionInfo: {} });
  });
  await at.db.write((tx) => revokeAgent(tx, host?.agentId ?? ""));
  const { provider, running } = aProvider();
  await tend(provider);
  expect([running.size, await statuses()]).toEqual([0, ["RETIRED"]]);
});
