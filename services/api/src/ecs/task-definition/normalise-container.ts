/** Writes one container definition the way ECS answers it, defaults filled; `normalise` calls it. */
import type { ContainerDefinition as WireContainer } from "@aws-sdk/client-ecs";
import type {
  ContainerDefinition,
  HealthCheck,
  NetworkMode,
  PortMapping,
} from "@roadstead/model/task-definition";
import { present } from "./present.ts";

/** Total over every well-typed input: what is missing becomes empty and is refused by a rule, not here. */
export function normaliseContainer(
  container: WireContainer,
  networkMode: NetworkMode | undefined,
): ContainerDefinition {
  const { portMappings, healthCheck, restartPolicy, ...rest } = container;
  return {
    ...(present(rest) as Partial<ContainerDefinition>),
    name: container.name ?? "",
    image: container.image ?? "",
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (portMappings ?? []).map((mapping) => normalisePort(mapping, networkMode)),
    environment: present(container.environment ?? []) as ContainerDefinition["environment"],
    mountPoints: present(container.mountPoints ?? []) as ContainerDefinition["mountPoints"],
    volumesFrom: present(container.volumesFrom ?? []) as ContainerDefinition["volumesFrom"],
    systemControls: present(container.systemControls ?? []) as ContainerDefinition["systemControls"],
    ...(healthCheck && { healthCheck: normaliseHealthCheck(healthCheck) }),
    ...(restartPolicy && {
      restartPolicy: {
        ...(present(restartPolicy) as object),
        enabled: restartPolicy.enabled ?? false,
      },
    }),
  };
}

function normalisePort(
  mapping: NonNullable<WireContainer["portMappings"]>[number],
  networkMode: NetworkMode | undefined,
): PortMapping {
  const given = present(mapping) as Partial<PortMapping>;
  const protocol = given.protocol ?? "tcp";
  if (given.containerPortRange !== undefined || given.containerPort === undefined) {
    return { ...given, protocol };
  }
  const samePort = networkMode === "awsvpc" || networkMode === "host";
  // A host port of 0 means "unset" everywhere but in bridge mode, where it means "any".
  const hostPort = given.hostPort || (samePort ? given.containerPort : 0);
  return { ...given, hostPort, protocol };
}

function normaliseHealthCheck(healthCheck: NonNullable<WireContainer["healthCheck"]>): HealthCheck {
  return {
    ...(present(healthCheck) as Partial<HealthCheck>),
    command: healthCheck.command ?? [],
    interval: healthCheck.interval ?? 30,
    timeout: healthCheck.timeout ?? 5,
    retries: healthCheck.retries ?? 3,
  };
}
