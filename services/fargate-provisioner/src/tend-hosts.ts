/** Brings this machine's hosts to what the rows say: starts, restarts and ends them, and gives up those long idle. A loop calls this. */
import type { Db } from "@roadstead/db/connect";
import {
  type FleetHost,
  forgetHost,
  hostIdentity,
  hostsOfMachine,
  noteIdleHosts,
  retireHost,
} from "@roadstead/db/fargate-fleets";
import type { SecretBox } from "@roadstead/db/secrets";
import type { Logger } from "@roadstead/service-kit/log";
import type { HostProvider } from "./host-provider.ts";

export interface TendDeps {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly machine: string;
  readonly provider: HostProvider;
  readonly idleMs: number;
  readonly log: Logger;
}

export async function tendHosts(deps: TendDeps): Promise<void> {
  const { db, provider, machine } = deps;
  const hosts = await hostsOfMachine(db, machine);
  for (const host of hosts) {
    if (host.status === "ACTIVE") await ensureHost(deps, host);
    else if (provider.end(host.id)) await db.write((tx) => forgetHost(tx, host.id));
  }
  const known = new Set(hosts.map(({ id }) => id));
  for (const id of provider.present()) {
    // Of a database that was taken away or put back to an earlier state.
    if (!known.has(id)) provider.end(id);
  }
  await noteIdleHosts(db, hosts);
  await retireIdle(deps, hosts);
}

async function ensureHost({ db, secrets, provider, log }: TendDeps, host: FleetHost): Promise<void> {
  const identity = await hostIdentity(db, secrets, host.agentId);
  if (identity) {
    const { id, cpu, memoryMiB } = host;
    provider.ensure({ id, cpu, memoryMiB, identity });
    return;
  }
  log.warn({ op: "host.revoked", hostId: host.id }, "a host's agent was revoked; it is given up");
  await db.write((tx) => retireHost(tx, host.id));
}

/** The first of each fleet stays warm. */
async function retireIdle({ db, idleMs, log }: TendDeps, hosts: readonly FleetHost[]): Promise<void> {
  const active = hosts.filter(({ status }) => status === "ACTIVE");
  for (const [, fleet] of Map.groupBy(active, ({ scopeId }) => scopeId)) {
    const idle = fleet.filter(
      ({ tasks, idleForMs }) => tasks === 0 && idleForMs !== null && idleForMs >= idleMs,
    );
    for (const host of idle.slice(0, fleet.length - 1)) {
      const retired = await db.write((tx) => retireHost(tx, host.id));
      if (retired) log.info({ op: "host.retire", hostId: host.id });
    }
  }
}
