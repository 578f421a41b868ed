/** Decides whether an instance can hold a task, apart from its constraints: an ordered table of named filters. Called by `place`. */
import { attributesOf, type Candidate, usedPortsOf } from "./candidate.ts";
import type { FailureReason, PlacementTask, PortDemand } from "./snapshot.ts";

export type Filter = {
  readonly reason: FailureReason;
  readonly passes: (candidate: Candidate, task: PlacementTask) => boolean;
  readonly detail?: (candidate: Candidate, task: PlacementTask) => string | null;
};

/**
 * In the order Amazon ECS documents: resources, then attributes and agent, then (elsewhere) constraints.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html
 */
export const FIT_FILTERS: readonly Filter[] = [
  {
    reason: "RESOURCE:CPU",
    passes: ({ free }, { demand }) => demand.cpu <= free.cpu || demand.cpu <= 0,
    detail: ({ free }, { demand }) => `${demand.cpu} CPU units wanted, ${free.cpu} free.`,
  },
  {
    reason: "RESOURCE:MEMORY",
    passes: ({ free }, { demand }) => demand.memoryMiB <= free.memoryMiB || demand.memoryMiB <= 0,
    detail: ({ free }, { demand }) => `${demand.memoryMiB} MiB wanted, ${free.memoryMiB} MiB free.`,
  },
  {
    reason: "RESOURCE:GPU",
    passes: ({ free }, { demand }) => demand.gpus <= free.gpus || demand.gpus <= 0,
    detail: ({ free }, { demand }) => `${demand.gpus} GPUs wanted, ${free.gpus} free.`,
  },
  {
    reason: "RESOURCE:PORTS",
    passes: (candidate, task) => firstTakenPort(candidate, task) === null,
    detail: (candidate, task) => {
      const taken = firstTakenPort(candidate, task);
      return taken && `Host port ${taken.port}/${taken.protocol} is taken.`;
    },
  },
  {
    reason: "ATTRIBUTE",
    passes: (candidate, task) => firstMissingAttribute(candidate, task) === null,
    detail: (candidate, task) => {
      const missing = firstMissingAttribute(candidate, task);
      return missing && `The instance lacks the attribute ${missing}.`;
    },
  },
  {
    reason: "LOCATION",
    passes: (candidate, { zones }) => zones === undefined || zones.includes(zoneOf(candidate) ?? ""),
    detail: (candidate, { zones }) =>
      `The instance is in ${zoneOf(candidate) ?? "no Availability Zone"}, the subnets in ${zones?.join(", ")}.`,
  },
  { reason: "AGENT", passes: ({ instance }) => instance.agentConnected },
  {
    reason: "INACTIVE",
    passes: ({ instance }) => instance.status === "ACTIVE",
    detail: ({ instance }) => `The instance is ${instance.status}.`,
  },
];

const zoneOf = (candidate: Candidate) => attributesOf(candidate).get("ecs.availability-zone") ?? null;

/** A port the instance has given away, or one that the task itself asks for twice. */
function firstTakenPort(candidate: Candidate, { demand }: PlacementTask): PortDemand | null {
  if (demand.ports.length === 0) return null;
  const used = usedPortsOf(candidate);
  const own = new Set<string>();
  for (const wanted of demand.ports) {
    const key = `${wanted.protocol}/${wanted.port}`;
    if (used[wanted.protocol].has(wanted.port) || own.has(key)) return wanted;
    own.add(key);
  }
  return null;
}

function firstMissingAttribute(candidate: Candidate, task: PlacementTask): string | null {
  for (const { name, value } of task.requiredAttributes) {
    const attributes = attributesOf(candidate);
    if (!attributes.has(name)) return name;
    if (value !== undefined && value !== null && attributes.get(name) !== value) return `${name} = ${value}`;
  }
  return null;
}
