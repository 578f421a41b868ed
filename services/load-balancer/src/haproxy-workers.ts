/** Every worker of the HAProxy beside us, with what it has counted; `count-requests` asks. */
import { readFile } from "node:fs/promises";
import { haproxyFiles } from "@roadstead/balancing/installation-files";
import { readCounters, type WorkerCounts } from "@roadstead/balancing/read-counters";
import { sendCommands } from "./command-socket.ts";

export interface HaproxyWorker {
  /** No other process has it, before or after. */
  readonly identity: string;
  readonly counts: WorkerCounts;
  /** For how long it has run. */
  readonly upMs: number;
}

/** Frontends, backends and servers. */
const SHOW_COUNTERS = "show stat -1 7 -1";
const STARTED_FIELD = 19;

/** None while HAProxy is away. A worker that ends while it is asked is left out. */
export async function haproxyWorkers(folder: string): Promise<readonly HaproxyWorker[]> {
  const { master } = haproxyFiles(folder);
  const processes = await sendCommands(master, ["show proc"]).catch(() => "");
  const pids = [...processes.matchAll(/^(\d+)\s+worker/gm)].map((match) => Number(match[1]));
  const workers = await Promise.all(pids.map((pid) => readWorker(master, pid).catch(() => null)));
  return workers.filter((worker) => worker !== null);
}

async function readWorker(master: string, pid: number): Promise<HaproxyWorker | null> {
  const identity = await identityOf(pid);
  const stat = await sendCommands(master, [SHOW_COUNTERS], `@!${pid} `);
  const info = await sendCommands(master, ["show info"], `@!${pid} `);
  const upSeconds = Number(/^Uptime_sec: (\d+)$/m.exec(info)?.[1] ?? Number.NaN);
  if (!stat.startsWith("# pxname") || Number.isNaN(upSeconds)) return null;
  return { identity, counts: readCounters(stat), upMs: upSeconds * 1_000 };
}

/** A number is given again, but not with the same start since the same boot. */
async function identityOf(pid: number): Promise<string> {
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The program's name, which may hold anything, ends with the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return `${boot} ${pid} ${fields[STARTED_FIELD]}`;
}
