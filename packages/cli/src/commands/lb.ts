/** `roadstead lb`: the load balancers of all accounts, with where they answer. */
import { listBalancerPlaces } from "@roadstead/db/configure-balancers";
import { hasAddressPool } from "@roadstead/load-balancer/address-pool";
import type { Flags } from "../arguments.ts";
import { databaseUrl, withDb } from "../database.ts";
import { requireStack } from "../stack.ts";
import { renderTable } from "../table.ts";

export async function listBalancers(flags: Flags): Promise<void> {
  const { settings, remembered } = requireStack();
  const balancers = await withDb(databaseUrl(settings, remembered), (db) => listBalancerPlaces(db));
  if (flags.json) return void process.stdout.write(`${JSON.stringify(balancers, null, 2)}\n`);
  const pool = hasAddressPool();
  const rows = balancers.map((balancer) => [
    balancer.name,
    balancer.accountId,
    balancer.region,
    balancer.stateReason ?? balancer.state,
    balancer.dnsName,
    pool ? balancer.address : "-",
    balancer.loopbackAddress,
    balancer.listeners.map(({ protocol, port }) => `${protocol}:${port}`).join(",") || "-",
  ]);
  const header = ["NAME", "ACCOUNT", "REGION", "STATE", "DNS", "ADDRESS", "LOOPBACK", "LISTENERS"];
  process.stdout.write(renderTable(header, rows));
}
