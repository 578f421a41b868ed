/** Reads what a process's control group has used, version 1 or 2; asking the engine instead takes a second per container. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerUsage } from "../runtime.ts";

/** Null when the process has gone or its group's files are not where they should be. */
export async function readUsage(
  cgroupRoot: string,
  pid: number,
  procRoot = "/proc",
): Promise<ContainerUsage | null> {
  try {
    const groups = readGroups(await readFile(join(procRoot, String(pid), "cgroup"), "utf8"));
    return await (groups.has("memory") ? usageV1(cgroupRoot, groups) : usageV2(cgroupRoot, groups));
  } catch {
    return null;
  }
}

/** Controller → path; version 2 has one group, under the empty name. */
export function readGroups(text: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, controllers, ...path] = line.split(":");
    if (controllers === undefined || path.length === 0) continue;
    for (const controller of controllers.split(",")) groups.set(controller, path.join(":"));
  }
  return groups;
}

async function usageV1(root: string, groups: ReadonlyMap<string, string>): Promise<ContainerUsage> {
  const memory = join(root, "memory", groups.get("memory") ?? "");
  const cpu = join(root, "cpuacct", groups.get("cpuacct") ?? "");
  const [nanos, used, stat] = await Promise.all([
    readNumber(join(cpu, "cpuacct.usage")),
    readNumber(join(memory, "memory.usage_in_bytes")),
    readStat(join(memory, "memory.stat")),
  ]);
  return { cpuNanos: nanos, memoryBytes: Math.max(0, used - (stat.get("total_inactive_file") ?? 0)) };
}

async function usageV2(root: string, groups: ReadonlyMap<string, string>): Promise<ContainerUsage> {
  const group = join(root, groups.get("") ?? "");
  const [cpu, used, stat] = await Promise.all([
    readStat(join(group, "cpu.stat")),
    readNumber(join(group, "memory.current")),
    readStat(join(group, "memory.stat")),
  ]);
  return {
    cpuNanos: (cpu.get("usage_usec") ?? 0) * 1_000,
    memoryBytes: Math.max(0, used - (stat.get("inactive_file") ?? 0)),
  };
}

const readNumber = async (path: string): Promise<number> => Number((await readFile(path, "utf8")).trim());

async function readStat(path: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await readFile(path, "utf8")).split("\n");
  return new Map(lines.map((line) => line.split(" ")).map(([key = "", value]) => [key, Number(value)]));
}
