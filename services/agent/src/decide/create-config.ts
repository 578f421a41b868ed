/** Decides the engine's create document for a task's container: ours, with the control plane's decoded over it. */
import { metadataVariables } from "../metadata/metadata-uri.ts";
import { hasNetwork, isSharing, pauseName } from "../network/task-network.ts";
import { fargateProblem, harmless, isFargate, sizeLimits } from "./fargate-slot.ts";
import { ENGINE_LOG_CONFIG, logTargetOf } from "./log-target.ts";
import { dnsOf, placeOf } from "./network-place.ts";
import {
  type ContainerSpec,
  engineName,
  type TaskSpec,
  taskIdOf,
  type VolumeSpec,
  volumeName,
} from "./task.ts";

export const INSTANCE_LABEL = "com.roadstead.container-instance";
export const TASK_LABEL = "com.amazonaws.ecs.task-arn";
export const CONTAINER_LABEL = "com.amazonaws.ecs.container-name";

export interface Nofile {
  readonly soft: number;
  readonly hard: number;
}

export interface CreateContext {
  readonly instanceArn: string;
  readonly region: string;
  /** For a task that sets none; engines inherit limits too high for some programs. */
  readonly nofile: Nofile;
  /** Whom the container asks for names; with none, whom the engine says. */
  readonly nameservers?: readonly string[] | undefined;
  /** Null when the task has no limits of its own. */
  readonly cgroupParent: string | null;
  /** Values of the container's secrets, by their variables. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface CreateDocument {
  readonly Image: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

const MIB = 1_024 * 1_024;
const CPU_SHARES_MIN = 2;
const CPU_SHARES_MAX = 262_144;
/** The least Docker accepts. */
const MEMORY_MIN_MIB = 6;

export function createConfig(
  task: TaskSpec,
  container: ContainerSpec,
  context: CreateContext,
): CreateDocument {
  const config = without(present(container.config), task.network ? OF_THE_NETWORK : []);
  const hostConfig = without(present(container.hostConfig), task.network ? OF_THE_NETWORK : []);
  const userLabels = (config.Labels ?? {}) as Record<string, string>;
  const networked = hasNetwork(task) ? task : null;
  const place = networked && !isSharing(networked) ? placeOf(networked, context.nameservers) : null;
  return {
    ...(container.command ? { Cmd: container.command } : {}),
    ...(container.entryPoint ? { Entrypoint: container.entryPoint } : {}),
    Env: environmentOf(task, container, context),
    ...(task.network ? {} : { ExposedPorts: exposedPorts(container) }),
    // A check in the image does not count: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    ...(container.hasHealthCheck ? {} : { Healthcheck: { Test: ["NONE"] } }),
    ...config,
    ...place?.config,
    Image: container.image,
    Labels: { ...userLabels, ...labelsOf(task, container, context) },
    HostConfig: withUlimits(
      {
        ...hostConfigOf(task, container, context),
        ...place?.hostConfig,
        ...(isFargate(task) ? confined(task, container, hostConfig) : hostConfig),
        ...(logTargetOf(container, context.region) ? { LogConfig: ENGINE_LOG_CONFIG } : {}),
      },
      context.nofile,
    ),
  };
}

function confined(task: TaskSpec, { memoryMiB }: ContainerSpec, hostConfig: Record<string, unknown>) {
  return { ...harmless(hostConfig), ...sizeLimits(task, Math.max(memoryMiB, 0) * MIB) };
}

/** What is the network's to say, not the container's; the engine refuses it of one that shares another's. */
const OF_THE_NETWORK: readonly string[] = [
  "Hostname",
  "Domainname",
  "MacAddress",
  "NetworkMode",
  "Dns",
  "DnsSearch",
  "DnsOptions",
  "ExtraHosts",
  "Links",
  "PortBindings",
  "PublishAllPorts",
];

const exposedPorts = ({ portMappings }: ContainerSpec) =>
  Object.fromEntries(portMappings.map((mapping) => [portKey(mapping), {}]));

function hostConfigOf(
  task: TaskSpec,
  container: ContainerSpec,
  context: CreateContext,
): Record<string, unknown> {
  const named = (name: string) => engineName(task, name);
  const isPublishing = task.networkMode === "bridge" || task.networkMode === "";
  return {
    NetworkMode: networkModeOf(task, isPublishing),
    ...(task.network || task.networkMode === "none" ? {} : dnsOf(context.nameservers)),
    CpuShares: Math.min(Math.max(container.cpu, CPU_SHARES_MIN), CPU_SHARES_MAX),
    ...(container.memoryMiB > 0 ? { Memory: Math.max(container.memoryMiB, MEMORY_MIN_MIB) * MIB } : {}),
    Binds: container.mountPoints.map((mount) => bindOf(task, mount)),
    VolumesFrom: container.volumesFrom.map(
      ({ sourceContainer, readOnly }) => `${named(sourceContainer)}${readOnly ? ":ro" : ""}`,
    ),
    ...(task.network ? {} : { Links: container.links.map((link) => linkOf(link, named)) }),
    ...(isPublishing
      ? {
          PortBindings: Object.fromEntries(
            container.portMappings.map((mapping) => [
              portKey(mapping),
              [{ HostPort: mapping.hostPort === 0 ? "" : String(mapping.hostPort) }],
            ]),
          ),
        }
      : {}),
    ...(context.cgroupParent ? { CgroupParent: context.cgroupParent } : {}),
    ...(task.pidMode === "host" ? { PidMode: "host" } : {}),
    ...(task.ipcMode === "host" || task.ipcMode === "none" ? { IpcMode: task.ipcMode } : {}),
    RestartPolicy: { Name: "no" },
  };
}

function networkModeOf(task: TaskSpec, isPublishing: boolean): string {
  if (task.network) return `container:${pauseName(task)}`;
  return isPublishing ? "bridge" : task.networkMode;
}

function linkOf(link: string, named: (name: string) => string): string {
  const [name = link, alias = name] = link.split(":");
  return `${named(name)}:${alias}`;
}

/** A limit of the task's own stands; without one the configured one is set. */
function withUlimits(hostConfig: Record<string, unknown>, { soft, hard }: Nofile): Record<string, unknown> {
  const given = (hostConfig.Ulimits ?? []) as readonly { readonly Name: string }[];
  if (given.some(({ Name }) => Name === "nofile")) return hostConfig;
  return { ...hostConfig, Ulimits: [...given, { Name: "nofile", Soft: soft, Hard: hard }] };
}

const portKey = ({ containerPort, protocol }: { containerPort: number; protocol: string }) =>
  `${containerPort}/${protocol}`;

/** As Go decodes JSON: null changes nothing. */
const present = (document: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null));

const without = (document: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([key]) => !keys.includes(key)));

function environmentOf(
  { credentialsId, metadataId, containers }: TaskSpec,
  { environment, name: container }: ContainerSpec,
  { region, secrets }: CreateContext,
): readonly string[] {
  const hasRegion = "AWS_REGION" in environment || "AWS_DEFAULT_REGION" in environment;
  const regions = hasRegion ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region };
  const role = credentialsId
    ? { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${credentialsId}` }
    : {};
  const index = containers.findIndex(({ name }) => name === container);
  const metadata = metadataId ? metadataVariables(metadataId, index) : {};
  return Object.entries({ ...regions, ...environment, ...secrets, ...role, ...metadata }).map(
    ([name, value]) => `${name}=${value}`,
  );
}

const labelsOf = (task: TaskSpec, container: ContainerSpec, { instanceArn }: CreateContext) => ({
  [TASK_LABEL]: task.arn,
  [CONTAINER_LABEL]: container.name,
  "com.amazonaws.ecs.task-definition-family": task.family,
  "com.amazonaws.ecs.task-definition-version": task.version,
  "com.amazonaws.ecs.cluster": task.clusterArn.split("/").at(-1) ?? "",
  [INSTANCE_LABEL]: instanceArn,
});

function bindOf(task: TaskSpec, mount: ContainerSpec["mountPoints"][number]): string {
  const volume = task.volumes.find(({ name }) => name === mount.sourceVolume);
  return `${sourceOf(task, volume)}:${mount.containerPath}${mount.readOnly ? ":ro" : ""}`;
}

function sourceOf(task: TaskSpec, volume: VolumeSpec | undefined): string {
  switch (volume?.kind) {
    case "bind":
      return volume.sourcePath;
    case "task":
      return volumeName(task, volume.name);
    case "shared":
      return volume.name;
    default:
      return "";
  }
}

/** What makes the container impossible whatever the engine says; null when nothing does. */
export function impossible(task: TaskSpec, container: ContainerSpec): string | null {
  for (const { sourceVolume } of container.mountPoints) {
    const volume = task.volumes.find(({ name }) => name === sourceVolume);
    if (!volume) return `CannotCreateContainerError: volume ${sourceVolume} is not part of the task`;
    if (volume.kind === "unsupported") {
      return `ResourceInitializationError: volumes of type ${volume.type} are not supported here, volume ${volume.name}`;
    }
  }
  const problem = isFargate(task) ? fargateProblem(task) : null;
  if (problem) return `ResourceInitializationError: ${problem}`;
  if (task.networkMode === "awsvpc" && !task.network) {
    return "ResourceInitializationError: network mode awsvpc wants a network interface, and the assignment names none";
  }
  return null;
}

export const cgroupParentOf = (spec: TaskSpec): string => `/ecs/${taskIdOf(spec.arn)}`;

export const hasTaskLimits = ({ cpu, memoryMiB }: TaskSpec): boolean => cpu > 0 || memoryMiB > 0;
