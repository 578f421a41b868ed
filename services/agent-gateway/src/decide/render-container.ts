/** Decides the container object of an ACS payload; `render-task` calls it for each container. */
import type { Place } from "@roadstead/model/arn";
import type { LaunchType } from "@roadstead/model/task";
import type {
  ContainerDefinition,
  PortMapping,
  Secret,
  TaskDefinition,
} from "@roadstead/model/task-definition";
import { agentImage, type ImageNames } from "./agent-image.ts";
import { dockerConfig } from "./docker-config.ts";

export interface ContainerContext {
  readonly taskId: string;
  readonly containerArn: string | undefined;
  readonly place: Place;
  readonly launchType: LaunchType;
  readonly networkMode: TaskDefinition["networkMode"];
  readonly enableExecuteCommand: boolean;
  /** What all tasks of its deployment run; null while that is not known. */
  readonly imageDigest: string | null;
  readonly imageNames: ImageNames;
  /** Images of ours are pulled with its credentials then, not with the instance's key. */
  readonly hasExecutionRole: boolean;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint.html */
const EXECUTION_ENVIRONMENTS: Readonly<Record<LaunchType, string>> = {
  EC2: "AWS_ECS_EC2",
  EXTERNAL: "AWS_ECS_EXTERNAL",
  FARGATE: "AWS_ECS_FARGATE",
  MANAGED_INSTANCES: "AWS_ECS_MANAGED_INSTANCES",
};

/** Overrides are applied already; members that are undefined do not reach the wire. */
export function renderContainer(container: ContainerDefinition, context: ContainerContext): object {
  const { image, registryAuthentication } = agentImage(container.image, context.imageDigest, {
    ...context.imageNames,
    useExecutionRole: context.hasExecutionRole,
  });
  return {
    name: container.name,
    image,
    essential: container.essential,
    cpu: container.cpu,
    memory: container.memory ?? 0,
    containerArn: context.containerArn,
    command: container.command,
    entryPoint: container.entryPoint,
    environment: environmentOf(container, context.launchType),
    environmentFiles: container.environmentFiles,
    // The agent accepts nothing but a command here, and rejects an empty string.
    overrides: "{}",
    links: container.links,
    portMappings: container.portMappings.map((mapping) => portMapping(mapping)),
    mountPoints: container.mountPoints.map(({ sourceVolume, containerPath, readOnly }) => ({
      sourceVolume,
      containerPath,
      readOnly: readOnly ?? false,
    })),
    volumesFrom: container.volumesFrom.map(({ sourceContainer, readOnly }) => ({
      sourceContainer,
      readOnly: readOnly ?? false,
    })),
    dependsOn: container.dependsOn,
    startTimeout: container.startTimeout,
    stopTimeout: container.stopTimeout,
    restartPolicy: container.restartPolicy,
    healthCheckType: hasHealthCheck(container) ? "docker" : undefined,
    secrets: secretsOf(container, context.place.region),
    registryAuthentication: registryAuthentication ?? privateRegistry(container, context.place.region),
    firelensConfiguration: container.firelensConfiguration,
    credentialSpecs: container.credentialSpecs,
    managedAgents: context.enableExecuteCommand
      ? [{ name: "ExecuteCommandAgent", properties: { sessionLimit: "2" } }]
      : undefined,
    dockerConfig: dockerConfig(container, { id: context.taskId, networkMode: context.networkMode }),
  };
}

/** `NONE` turns off the image's own check, so there is nothing to report. */
const hasHealthCheck = ({ healthCheck }: ContainerDefinition) =>
  healthCheck !== undefined && healthCheck.command[0] !== "NONE";

function environmentOf({ environment }: ContainerDefinition, launchType: LaunchType): Record<string, string> {
  const entries = environment.flatMap(({ name, value }) => (name ? [[name, value ?? ""] as const] : []));
  return { AWS_EXECUTION_ENV: EXECUTION_ENVIRONMENTS[launchType], ...Object.fromEntries(entries) };
}

const portMapping = ({ containerPort, hostPort, containerPortRange, protocol }: PortMapping): object =>
  containerPortRange === undefined
    ? { containerPort, hostPort: hostPort ?? 0, protocol }
    : { containerPortRange, protocol };

function secretsOf(container: ContainerDefinition, region: string): readonly object[] | undefined {
  const secrets = [
    ...(container.secrets ?? []).map((secret) => ({
      ...secretSource(secret, region),
      type: "ENVIRONMENT_VARIABLE",
      target: "CONTAINER",
    })),
    ...(container.logConfiguration?.secretOptions ?? []).map((secret) => ({
      ...secretSource(secret, region),
      type: "BOOTSTRAP",
      target: "LOG_DRIVER",
    })),
  ];
  return secrets.length > 0 ? secrets : undefined;
}

/** Anything that is no Secrets Manager ARN names a parameter, by ARN or by name. */
function secretSource({ name, valueFrom }: Secret, region: string) {
  const [, , service, arnRegion] = valueFrom.split(":");
  return {
    name,
    valueFrom,
    region: arnRegion || region,
    provider: service === "secretsmanager" ? "asm" : "ssm",
  };
}

function privateRegistry({ repositoryCredentials }: ContainerDefinition, region: string) {
  if (!repositoryCredentials) return undefined;
  const { credentialsParameter } = repositoryCredentials;
  return {
    type: "asm",
    asmAuthData: { credentialsParameter, region: credentialsParameter.split(":")[3] || region },
  };
}
