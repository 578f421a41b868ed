/**
 * Decides what a container of a Fargate task is confined to: the size that its task was sold, and nothing of the machine.
 * The control plane refuses definitions that ask for more; this holds whatever it sends. `create-config` calls it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
 */
import { isSharing } from "../network/task-network.ts";
import type { TaskSpec, VolumeSpec } from "./task.ts";

const MIB = 1_024 * 1_024;
const NANOS_PER_CPU = 1e9;
/** Of what a definition may say of how it runs, all that cannot reach out of the task. */
const HARMLESS: readonly string[] = [
  "CapDrop",
  "Init",
  "LogConfig",
  "MemoryReservation",
  "ReadonlyRootfs",
  "Sysctls",
  "Ulimits",
];
/** The only one that Fargate adds. */
const CAPABILITIES: readonly unknown[] = ["SYS_PTRACE", "CAP_SYS_PTRACE"];

export const isFargate = ({ launchType }: TaskSpec): boolean => launchType === "FARGATE";

/** Of the control plane's document what may stand. */
export function harmless(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const added = Array.isArray(given.CapAdd) ? given.CapAdd.filter((one) => CAPABILITIES.includes(one)) : [];
  return {
    ...Object.fromEntries(Object.entries(given).filter(([key]) => HARMLESS.includes(key))),
    ...(added.length > 0 ? { CapAdd: added } : {}),
  };
}

/** The task's size bounds each container too, so that a program sees it where it looks for its own limits. */
export function sizeLimits({ cpu, memoryMiB }: TaskSpec, containerMemory: number): Record<string, unknown> {
  const memory = containerMemory > 0 ? Math.min(containerMemory, memoryMiB * MIB) : memoryMiB * MIB;
  return { NanoCpus: Math.round(cpu * NANOS_PER_CPU), Memory: memory, MemorySwap: memory };
}

/** Of the group of all its containers. One that is alone has the size itself: two quotas of it hold its start back by turns. */
export const groupLimits = (task: TaskSpec): Pick<TaskSpec, "cpu" | "memoryMiB"> =>
  isFargate(task) && !isSharing(task) ? { cpu: 0, memoryMiB: task.memoryMiB } : task;

/** What a Fargate task cannot have; null when it asks for nothing such. */
export function fargateProblem(task: TaskSpec): string | null {
  if (!task.network) return "a Fargate task wants a network interface of its own";
  if (task.cpu <= 0 || task.memoryMiB <= 0) return "a Fargate task wants a size";
  if (task.pidMode === "host" || task.ipcMode === "host")
    return "a Fargate task cannot share the host's namespaces";
  const volume = task.volumes.find(isOfTheHost);
  return volume ? `a Fargate task cannot have volumes of the host, volume ${volume.name}` : null;
}

/** An engine's driver with options can mount any folder. */
function isOfTheHost(volume: VolumeSpec): boolean {
  if (volume.kind !== "task") return volume.kind !== "unsupported";
  return volume.driver !== null || Object.keys(volume.driverOptions).length > 0;
}
