/** One instance during a batch: what the snapshot said, less what the batch has already given away. Used by `place` alone. */
import type { PlacementInstance, PlacementTask, Protocol } from "./snapshot.ts";

export type Candidate = {
  readonly instance: PlacementInstance;
  /** Position in the snapshot: the last, stable tie-break. */
  readonly index: number;
  free: { cpu: number; memoryMiB: number; gpus: number };
  /** Built when first asked for; most tasks want no port and most strategies one attribute. */
  ports: { tcp: Set<number>; udp: Set<number> } | null;
  attributes: Map<string, string | null> | null;
  placedByGroup: Map<string, number> | null;
};

export function candidateOf(instance: PlacementInstance, index: number): Candidate {
  return { instance, index, free: { ...instance.free }, ports: null, attributes: null, placedByGroup: null };
}

export function attributesOf(candidate: Candidate): ReadonlyMap<string, string | null> {
  candidate.attributes ??= new Map(candidate.instance.attributes.map(({ name, value }) => [name, value]));
  return candidate.attributes;
}

export function usedPortsOf(candidate: Candidate): Readonly<Record<Protocol, ReadonlySet<number>>> {
  return mutablePorts(candidate);
}

/** Tasks of the group on this instance, those placed by this batch included. */
export function taskCountOf(candidate: Candidate, group: string): number {
  const before = candidate.instance.taskCountByGroup;
  return (
    (Object.hasOwn(before, group) ? (before[group] ?? 0) : 0) + (candidate.placedByGroup?.get(group) ?? 0)
  );
}

export function groupsOf(candidate: Candidate): readonly string[] {
  const before = candidate.instance.taskCountByGroup;
  const groups = Object.keys(before).filter((group) => (before[group] ?? 0) > 0);
  for (const group of candidate.placedByGroup?.keys() ?? []) if (!groups.includes(group)) groups.push(group);
  return groups;
}

/** Takes the task's resources, so that the next task of the batch sees them gone. */
export function reserve(candidate: Candidate, task: PlacementTask): void {
  const { demand, group } = task;
  candidate.free.cpu -= demand.cpu;
  candidate.free.memoryMiB -= demand.memoryMiB;
  candidate.free.gpus -= demand.gpus;
  if (demand.ports.length > 0) {
    const ports = mutablePorts(candidate);
    for (const { protocol, port } of demand.ports) ports[protocol].add(port);
  }
  candidate.placedByGroup ??= new Map();
  candidate.placedByGroup.set(group, (candidate.placedByGroup.get(group) ?? 0) + 1);
}

/** The instance as a later pass of the same snapshot must see it. */
export function remainderOf(candidate: Candidate): PlacementInstance {
  const { tcp, udp } = usedPortsOf(candidate);
  const counts = groupsOf(candidate).map((group) => [group, taskCountOf(candidate, group)] as const);
  return {
    ...candidate.instance,
    free: { ...candidate.free },
    usedPorts: [
      ...[...tcp].map((port) => ({ protocol: "tcp" as const, port })),
      ...[...udp].map((port) => ({ protocol: "udp" as const, port })),
    ],
    taskCountByGroup: Object.fromEntries(counts),
  };
}

function mutablePorts(candidate: Candidate): { tcp: Set<number>; udp: Set<number> } {
  if (candidate.ports) return candidate.ports;
  const ports = { tcp: new Set<number>(), udp: new Set<number>() };
  for (const { protocol, port } of candidate.instance.usedPorts) ports[protocol].add(port);
  candidate.ports = ports;
  return ports;
}
