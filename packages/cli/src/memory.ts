/** Measures the memory of a process and its children from /proc; `status` calls this. */
import { readdirSync, readFileSync } from "node:fs";

export interface Memory {
  /** Resident pages, shared ones counted in full. */
  readonly rssBytes: number;
  /** Resident pages, each shared one divided among those who share it: these add up. */
  readonly pssBytes: number;
}

const NONE: Memory = { rssBytes: 0, pssBytes: 0 };

/** The process with all its descendants: a database has one process per connection. */
export function memoryOf(pid: number, children = childrenByParent()): Memory {
  return (children.get(pid) ?? []).map((child) => memoryOf(child, children)).reduce(add, readRollup(pid));
}

export const add = (a: Memory, b: Memory): Memory => ({
  rssBytes: a.rssBytes + b.rssBytes,
  pssBytes: a.pssBytes + b.pssBytes,
});

export function childrenByParent(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(Number(entry));
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  return children;
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

function readRollup(pid: number): Memory {
  try {
    return parseRollup(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  } catch {
    return NONE;
  }
}

export function parseRollup(text: string): Memory {
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { rssBytes: bytes("Rss"), pssBytes: bytes("Pss") };
}
