/** What a task takes from an instance; the api checks it at launch, placement and the capacity statements subtract it. */
import type { Protocol } from "./container-instance.ts";
import type { ContainerDefinition, TaskDefinition } from "./task-definition.ts";

/** The members of RunTask's `overrides` that change a task's size. */
export interface ResourceOverrides {
  readonly cpu?: string;
  readonly memory?: string;
  readonly containerOverrides?: readonly {
    readonly name: string;
    readonly cpu?: number;
    readonly memory?: number;
    readonly memoryReservation?: number;
    readonly resourceRequirements?: readonly {
      readonly type: string;
      readonly value?: string;
    }[];
  }[];
}

export interface HostPort {
  readonly protocol: Protocol;
  readonly port: number;
}

export interface TaskDemand {
  readonly cpu: number;
  readonly memoryMiB: number;
  /** Host ports the definition fixes; dynamic ones are not reserved. */
  readonly ports: readonly HostPort[];
  readonly gpus: number;
}

/**
 * The size that placement reserves: the task-level value where there is one, else the sum over containers
 * (of memory, the reservation before the limit). Static ports count per protocol.
 */
export function taskDemand(definition: TaskDefinition, overrides: ResourceOverrides = {}): TaskDemand {
  const containers = definition.containerDefinitions.map((container) => sizeOf(container, overrides));
  const sum = (pick: (size: (typeof containers)[number]) => number) =>
    containers.reduce((total, size) => total + pick(size), 0);
  return {
    cpu: positive(overrides.cpu ?? definition.cpu) ?? sum(({ cpu }) => cpu),
    memoryMiB: positive(overrides.memory ?? definition.memory) ?? sum(({ memoryMiB }) => memoryMiB),
    ports: staticHostPorts(definition),
    gpus: sum(({ gpus }) => gpus),
  };
}

function sizeOf(container: ContainerDefinition, overrides: ResourceOverrides) {
  const override = overrides.containerOverrides?.find(({ name }) => name === container.name);
  const requirements = override?.resourceRequirements ?? container.resourceRequirements ?? [];
  const reservation = override?.memoryReservation ?? container.memoryReservation;
  return {
    cpu: override?.cpu ?? container.cpu,
    memoryMiB: reservation ?? override?.memory ?? container.memory ?? 0,
    gpus: requirements
      .filter(({ type }) => type === "GPU")
      .reduce((total, { value }) => total + (positive(value) ?? 0), 0),
  };
}

/** In awsvpc mode a task has addresses of its own, so it takes no port of the instance. */
function staticHostPorts({ networkMode, containerDefinitions }: TaskDefinition): readonly HostPort[] {
  if (networkMode === "awsvpc" || networkMode === "none") return [];
  const taken = new Map<string, HostPort>();
  for (const { portMappings } of containerDefinitions) {
    for (const { containerPort, hostPort, protocol } of portMappings) {
      const port = networkMode === "host" ? containerPort : hostPort;
      if (port) taken.set(`${protocol}/${port}`, { protocol, port });
    }
  }
  return [...taken.values()];
}

function positive(text: string | undefined): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : null;
}
