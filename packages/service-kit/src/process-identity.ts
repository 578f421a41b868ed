/** Tells whether a process we once started still runs: its pid alone may have been given to another since. Used by whoever starts processes that outlive it. */
import { readFileSync } from "node:fs";

/** A pid with the clock tick of its start since boot, which no later owner of the pid shares. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
}

/** Null when no such process runs; a zombie has ended. */
export function identify(pid: number): ProcessIdentity | null {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

export const isAlive = (known: ProcessIdentity): boolean =>
  identify(known.pid)?.startTicks === known.startTicks;

/** Field 2 of /proc/PID/stat is the name in brackets and may itself hold spaces and brackets. */
export function parseStat(pid: number, stat: string): ProcessIdentity | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const startTicks = Number(fields[19]);
  if (state === undefined || state === "Z" || state === "X" || !Number.isFinite(startTicks)) return null;
  return { pid, startTicks };
}

/** Sends the signal only to the process we know; false when it is gone. */
export function signal(known: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(known)) return false;
  try {
    process.kill(known.pid, name);
    return true;
  } catch {
    return false;
  }
}
