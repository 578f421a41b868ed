/** load → decide → commit for the Fargate tasks of one account and region; the `provisionTasks` bell calls this. */
import type { Db } from "@roadstead/db/connect";
import { hostsOfMachine, insertHost, retireHost, type Size } from "@roadstead/db/fargate-fleets";
import { commitProvisioning, loadFleet } from "@roadstead/db/provision-tasks";
import type { SecretBox } from "@roadstead/db/secrets";
import type { RangePlan } from "@roadstead/model/machine-range";
import { decideProvisioning, type FleetLimits } from "./decide-provisioning.ts";
import { hostsInTheWay } from "./hosts-in-the-way.ts";

export interface ProvisionDeps {
  readonly db: Db;
  /** Seals access keys' secrets. */
  readonly secrets: SecretBox;
  readonly machine: string;
  readonly limits: FleetLimits;
  /** Where VPCs' ranges are on machines. */
  readonly ranges?: RangePlan;
}

export interface ProvisionOutcome {
  readonly placed: number;
  readonly stopped: number;
  readonly lostRaces: number;
  readonly hostsAdded: number;
  readonly hostsRetired: number;
}

export async function provisionTasks(deps: ProvisionDeps, scopeId: number): Promise<ProvisionOutcome> {
  const { db, limits, ranges } = deps;
  const snapshot = await db.read((tx) => loadFleet(tx, scopeId));
  const decision = decideProvisioning(snapshot, limits);
  const commit = await db.write((tx) => commitProvisioning(tx, snapshot, decision, ranges));
  let hostsAdded = 0;
  let hostsRetired = 0;
  for (const size of decision.newHosts) {
    const added = await addHost(deps, scopeId, size);
    if (added) hostsAdded += 1;
    else if (snapshot.tasks.length > 0) hostsRetired += await makeRoom(deps, size);
  }
  return { ...commit, hostsAdded, hostsRetired };
}

async function addHost(deps: ProvisionDeps, scopeId: number, size: Size): Promise<boolean> {
  const { db, secrets, machine, limits } = deps;
  const { budget } = limits;
  if (!budget) return false;
  const id = await db.write((tx) => insertHost(tx, secrets, { scopeId, machine, budget, ...size }));
  return id !== null;
}

/** Hosts with nothing to do leave for one that a task waits for; it comes when they have gone. */
async function makeRoom({ db, machine, limits }: ProvisionDeps, size: Size): Promise<number> {
  if (!limits.budget) return 0;
  const hosts = await hostsOfMachine(db, machine);
  let retired = 0;
  for (const { id } of hostsInTheWay(hosts, limits.budget, size)) {
    if (await db.write((tx) => retireHost(tx, id))) retired += 1;
  }
  return retired;
}
