/** Derives the attributes an instance must have to run a definition; placement filters by them. */
import type { Attribute } from "@roadstead/model/container-instance";
import type { ContainerDefinition, Secret, TaskDefinition, Volume } from "@roadstead/model/task-definition";
import { isEcrImage } from "./ecr-image.ts";

const AGENT = "com.amazonaws.ecs.capability.";
const ECS = "ecs.capability.";
const docker = (version: string) => `${AGENT}docker-remote-api.${version}`;
const INCREASED_CPU_ABOVE = 10_240;

/**
 * Name-only attributes, each once. The names are those the ECS agent registers; which members ask for which
 * follows DescribeTaskDefinition answers of AWS.
 */
export function requiresAttributes(definition: TaskDefinition): readonly Attribute[] {
  const names = new Set([
    ...definition.containerDefinitions.flatMap((container) => ofContainer(container, definition)),
    ...definition.volumes.flatMap(ofVolume),
    ...ofTask(definition),
  ]);
  return [...names].map((name) => ({ name }));
}

/** Picks the names whose condition holds. */
const when = (...rows: readonly (readonly [condition: unknown, ...names: readonly string[]])[]): string[] =>
  rows.flatMap(([condition, ...names]) => (condition ? names : []));

const some = (list: { readonly length: number } | undefined) => (list?.length ?? 0) > 0;

function ofTask(task: TaskDefinition): string[] {
  const { networkMode, taskRoleArn, pidMode, ipcMode } = task;
  return when(
    [taskRoleArn && networkMode !== "host", `${AGENT}task-iam-role`],
    [taskRoleArn && networkMode === "host", `${AGENT}task-iam-role-network-host`],
    [networkMode === "awsvpc", `${ECS}task-eni`],
    [pidMode ?? ipcMode, `${ECS}pid-ipc-namespace-sharing`],
    [Number(task.cpu ?? 0) > INCREASED_CPU_ABOVE, `${ECS}increased-task-cpu-limit`],
    [task.proxyConfiguration, `${ECS}aws-appmesh`],
    [task.enableFaultInjection, `${ECS}fault-injection`],
    [task.ephemeralStorage, `${ECS}extensible-ephemeral-storage`],
  );
}

function ofVolume(volume: Volume): string[] {
  const { dockerVolumeConfiguration: plugin, efsVolumeConfiguration: efs } = volume;
  const driver = plugin?.driver?.replaceAll(":", ".");
  return when(
    [plugin && driver, `${ECS}docker-plugin.${driver}`],
    [plugin && !driver, `${ECS}docker-plugin.local`],
    [efs, `${ECS}efs`],
    [efs?.authorizationConfig, `${ECS}efsAuth`],
    [volume.fsxWindowsFileServerVolumeConfiguration, `${ECS}fsxWindowsFileServer`],
    [volume.s3filesVolumeConfiguration, `${ECS}storage.s3-files`],
    [volume.configuredAtLaunch, `${ECS}storage.ebs-task-volume-attach`],
  );
}

function ofContainer(container: ContainerDefinition, task: TaskDefinition): string[] {
  return [...ofLogging(container, task), ...ofImage(container, task), ...ofRuntime(container)];
}

function ofImage({ image, repositoryCredentials }: ContainerDefinition, task: TaskDefinition): string[] {
  const ecr = isEcrImage(image);
  return when(
    [ecr, `${AGENT}ecr-auth`],
    [ecr && task.executionRoleArn, `${ECS}execution-role-ecr-pull`],
    [repositoryCredentials, `${ECS}private-registry-authentication.secretsmanager`],
  );
}

function ofLogging(container: ContainerDefinition, { executionRoleArn }: TaskDefinition): string[] {
  const { logConfiguration: log, firelensConfiguration: firelens } = container;
  const configFile = firelens?.options?.["config-file-type"];
  return [
    ...when(
      [log, `${AGENT}logging-driver.${log?.logDriver}`, docker("1.18")],
      [log?.logDriver === "awslogs" || log?.logDriver === "awsfirelens", docker("1.19")],
      [log?.logDriver === "awslogs" && executionRoleArn, `${ECS}execution-role-awslogs`],
      [log?.options?.["awslogs-create-group"], docker("1.29")],
      [log?.options?.mode === "non-blocking", docker("1.28")],
      [firelens, `${ECS}firelens.${firelens?.type}`],
      [configFile, `${ECS}firelens.options.config.${configFile}`],
    ),
    ...(log?.secretOptions ?? []).map((secret) => `${ECS}secrets.${storeOf(secret)}.bootstrap.log-driver`),
  ];
}

const storeOf = ({ valueFrom }: Secret) => (/^arn:[a-z-]+:secretsmanager:/.test(valueFrom) ? "asm" : "ssm");

/** An empty list or map counts as given for the Docker versions, as observed in answers of AWS. */
function ofRuntime(container: ContainerDefinition): string[] {
  const { dockerSecurityOptions = [], linuxParameters: linux } = container;
  const secrets = (container.secrets ?? []).map((s) => `${ECS}secrets.${storeOf(s)}.environment-variables`);
  const ordered = [container.dependsOn, container.startTimeout, container.stopTimeout];
  return [
    ...when(
      [container.dnsServers ?? container.extraHosts ?? container.dockerSecurityOptions, docker("1.17")],
      [container.dockerLabels ?? container.ulimits ?? container.readonlyRootFilesystem, docker("1.18")],
      [container.memoryReservation !== undefined, docker("1.21")],
      [linux?.initProcessEnabled, docker("1.25")],
      [container.healthCheck, `${ECS}container-health-check`, docker("1.29")],
      [container.privileged, `${AGENT}privileged-container`],
      [dockerSecurityOptions.some((option) => option.startsWith("label:")), `${AGENT}selinux`],
      [dockerSecurityOptions.some((option) => option.startsWith("apparmor:")), `${AGENT}apparmor`],
      [some(container.environmentFiles), `${ECS}env-files.s3`],
      [ordered.some((member) => member !== undefined), `${ECS}container-ordering`],
      [container.credentialSpecs?.some((spec) => spec.startsWith("credentialspec:")), `${ECS}gmsa`],
      [
        container.credentialSpecs?.some((s) => s.startsWith("credentialspecdomainless:")),
        `${ECS}gmsa-domainless`,
      ],
      [container.restartPolicy, `${ECS}container-restart-policy`],
      [container.portMappings.some((p) => p.containerPortRange), `${ECS}network.container-port-range`],
    ),
    ...secrets,
  ];
}
