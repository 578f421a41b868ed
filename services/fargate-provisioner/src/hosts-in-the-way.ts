/** Decides which idle hosts leave so that another can come. Pure. */
import type { FleetHost, Size } from "@roadstead/db/fargate-fleets";

/** The fewest that make room, the longest idle first; none when even all of them would not do. */
export function hostsInTheWay(hosts: readonly FleetHost[], budget: Size, wanted: Size): readonly FleetHost[] {
  let cpu = budget.cpu - sum(hosts, "cpu") - wanted.cpu;
  let memoryMiB = budget.memoryMiB - sum(hosts, "memoryMiB") - wanted.memoryMiB;
  // Those that are leaving already give their room back by themselves.
  for (const host of hosts.filter(({ status }) => status === "RETIRED")) {
    cpu += host.cpu;
    memoryMiB += host.memoryMiB;
  }
  // One that is only coming up is what others wait for.
  const idle = hosts
    .filter(({ status, tasks, isConnected }) => status === "ACTIVE" && tasks === 0 && isConnected)
    .sort((a, b) => (b.idleForMs ?? 0) - (a.idleForMs ?? 0));
  const leaving: FleetHost[] = [];
  for (const host of idle) {
    if (cpu >= 0 && memoryMiB >= 0) break;
    leaving.push(host);
    cpu += host.cpu;
    memoryMiB += host.memoryMiB;
  }
  return cpu >= 0 && memoryMiB >= 0 ? leaving : [];
}

const sum = (hosts: readonly FleetHost[], member: "cpu" | "memoryMiB") =>
  hosts.reduce((total, host) => total + host[member], 0);
