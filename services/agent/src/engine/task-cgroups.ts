/** Makes and removes the control group that bounds a whole task, version 1 or 2; the create and removal steps call it. */
import { access, constants, mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TaskSpec } from "../decide/task.ts";

export interface TaskCgroups {
  create(parent: string, limits: Pick<TaskSpec, "cpu" | "memoryMiB">): Promise<void>;
  remove(parent: string): Promise<void>;
}

export interface CgroupOptions {
  readonly root: string;
  readonly version: "1" | "2";
  /** The engine's: a group written behind systemd's back would not last. */
  readonly driver: string;
}

const PERIOD_MICROSECONDS = 100_000;
const MIB = 1_024 * 1_024;

/** Null when this process cannot make groups there. */
export async function openTaskCgroups({ root, version, driver }: CgroupOptions): Promise<TaskCgroups | null> {
  if (driver !== "cgroupfs") return null;
  try {
    const needed = version === "1" ? ["cpu", "memory"] : [""];
    for (const name of needed) await access(join(root, name), constants.W_OK);
    return version === "1" ? cgroupsV1(root) : cgroupsV2(root);
  } catch {
    return null;
  }
}

const cgroupsV1 = (root: string): TaskCgroups => ({
  async create(parent, { cpu, memoryMiB }) {
    if (memoryMiB > 0) {
      const group = join(root, "memory", parent);
      await mkdir(group, { recursive: true });
      await writeFile(join(group, "memory.limit_in_bytes"), String(memoryMiB * MIB));
    }
    if (cpu > 0) {
      const group = join(root, "cpu", parent);
      await mkdir(group, { recursive: true });
      await writeFile(join(group, "cpu.cfs_period_us"), String(PERIOD_MICROSECONDS));
      await writeFile(join(group, "cpu.cfs_quota_us"), String(Math.round(cpu * PERIOD_MICROSECONDS)));
    }
  },
  // The engine makes the parent in every hierarchy.
  async remove(parent) {
    for (const hierarchy of await readdir(root)) await removeGroup(join(root, hierarchy, parent));
  },
});

const cgroupsV2 = (root: string): TaskCgroups => ({
  async create(parent, { cpu, memoryMiB }) {
    const group = join(root, parent);
    await mkdir(group, { recursive: true });
    for (const folder of [root, join(group, "..")]) {
      await writeFile(join(folder, "cgroup.subtree_control"), "+cpu +memory");
    }
    if (memoryMiB > 0) await writeFile(join(group, "memory.max"), String(memoryMiB * MIB));
    if (cpu > 0) {
      const quota = Math.round(cpu * PERIOD_MICROSECONDS);
      await writeFile(join(group, "cpu.max"), `${quota} ${PERIOD_MICROSECONDS}`);
    }
  },
  remove: (parent) => removeGroup(join(root, parent)),
});

/** Groups go empty, children first; their files are the kernel's. */
async function removeGroup(group: string): Promise<void> {
  const children = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await removeGroup(join(group, child.name));
  await rmdir(group).catch(() => undefined);
}
