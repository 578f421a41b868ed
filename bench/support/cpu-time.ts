/** Reads how much processor time processes have used so far, from /proc; benchmarks subtract two readings. */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** USER_HZ is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Its own and that of children it has waited for. */
  readonly cpuMs: number;
}

function statOf(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
    return {
      pid,
      parent: Number(fields[1]),
      name: text.slice(text.indexOf("(") + 1, end),
      cpuMs: ticks * MS_PER_TICK,
    };
  } catch {
    return null; // it ended while we were looking
  }
}

const allProcesses = (): readonly ProcessStat[] =>
  readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));

/** Processor time of a process and all its descendants; those that ended count once their parent has waited for them. */
export function treeCpuMs(pid: number): number {
  const all = allProcesses();
  let cpuMs = 0;
  let level = all.filter((process) => process.pid === pid);
  while (level.length > 0) {
    cpuMs += level.reduce((sum, process) => sum + process.cpuMs, 0);
    const parents = new Set(level.map((process) => process.pid));
    level = all.filter((process) => parents.has(process.parent));
  }
  return cpuMs;
}

const ENGINE = new Set(["dockerd", "containerd", "containerd-shim", "docker-proxy", "runc"]);

/** The container engine and its shims, whoever started them, by process id; the containers' own processes are not among them. */
export const engineCpuMs = (): ReadonlyMap<number, number> =>
  new Map(
    allProcesses().flatMap(({ name, pid, cpuMs }) => (ENGINE.has(name) ? [[pid, cpuMs] as const] : [])),
  );

/** What the whole machine has spent on anything but idling. */
export function machineCpuMs(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * MS_PER_TICK;
}

const LOOK_MS = 1_000;

/** Figures mean little on a machine that has other things to do: says how much it has. */
export async function printBusyness(): Promise<void> {
  const before = machineCpuMs();
  await sleep(LOOK_MS);
  const share = (machineCpuMs() - before) / LOOK_MS / availableParallelism();
  console.log(`Before: ${(share * 100).toFixed(0)} % of ${availableParallelism()} cores busy\n`);
}
