/**
 * Decides the two JSON strings that an agent decodes over the Docker structs it builds itself; `render-container`
 * calls it. A key present here replaces the agent's own, so binds, ports, environment, command and image stay out.
 */
import type {
  ContainerDefinition,
  HealthCheck,
  LinuxParameters,
  LogConfiguration,
  TaskDefinition,
} from "@roadstead/model/task-definition";

const MIB = 1024 * 1024;
const NANOSECONDS = 1_000_000_000;
/** Known to every Docker Engine in use; the agent raises it to what its engine demands. */
const DOCKER_API_VERSION = "1.29";

export interface DockerConfig {
  readonly config: string;
  readonly hostConfig: string;
  readonly version: string;
}

export const dockerConfig = (
  container: ContainerDefinition,
  task: { readonly id: string; readonly networkMode: TaskDefinition["networkMode"] },
): DockerConfig => ({
  config: JSON.stringify(configOf(container)),
  hostConfig: JSON.stringify(hostConfigOf(container, task)),
  version: DOCKER_API_VERSION,
});

/** Members that are undefined do not reach the string. */
const configOf = (container: ContainerDefinition) => ({
  User: container.user,
  WorkingDir: container.workingDirectory,
  Hostname: container.hostname,
  Labels: container.dockerLabels,
  Healthcheck: container.healthCheck && healthcheck(container.healthCheck),
  Tty: container.pseudoTerminal || undefined,
  OpenStdin: container.interactive || undefined,
});

const healthcheck = (check: HealthCheck) => ({
  Test: check.command,
  Interval: check.interval * NANOSECONDS,
  Timeout: check.timeout * NANOSECONDS,
  Retries: check.retries,
  StartPeriod: check.startPeriod === undefined ? undefined : check.startPeriod * NANOSECONDS,
});

function hostConfigOf(
  container: ContainerDefinition,
  task: { readonly id: string; readonly networkMode: TaskDefinition["networkMode"] },
) {
  const linux = container.linuxParameters;
  return {
    NetworkMode: networkModeOf(container, task.networkMode),
    Privileged: container.privileged || undefined,
    CapAdd: linux?.capabilities?.add ?? [],
    CapDrop: linux?.capabilities?.drop ?? [],
    Ulimits: container.ulimits?.map(({ name, softLimit, hardLimit }) => ({
      Name: name,
      Soft: softLimit,
      Hard: hardLimit,
    })),
    Sysctls: sysctlsOf(container),
    ReadonlyRootfs: container.readonlyRootFilesystem || undefined,
    SecurityOpt: container.dockerSecurityOptions,
    MemoryReservation: container.memoryReservation && container.memoryReservation * MIB,
    Dns: container.dnsServers,
    DnsSearch: container.dnsSearchDomains,
    ExtraHosts: container.extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
    LogConfig: container.logConfiguration && logConfig(container.logConfiguration, container.name, task.id),
    ...(linux ? linuxSettings(linux, container.memory) : {}),
  };
}

/** In awsvpc mode the agent alone knows the namespace to join. */
function networkModeOf(
  container: ContainerDefinition,
  mode: TaskDefinition["networkMode"],
): string | undefined {
  if (container.disableNetworking) return "none";
  return mode === "awsvpc" ? undefined : mode;
}

function sysctlsOf({ systemControls }: ContainerDefinition): Record<string, string> | undefined {
  if (systemControls.length === 0) return undefined;
  return Object.fromEntries(
    systemControls.flatMap(({ namespace, value }) => (namespace ? [[namespace, value ?? ""]] : [])),
  );
}

const PERMISSIONS = { read: "r", write: "w", mknod: "m" } as const;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html */
const linuxSettings = (linux: LinuxParameters, memory: number | undefined) => ({
  Devices: linux.devices?.map(({ hostPath, containerPath, permissions }) => ({
    PathOnHost: hostPath,
    PathInContainer: containerPath ?? hostPath,
    CgroupPermissions: (permissions ?? ["read", "write", "mknod"]).map((p) => PERMISSIONS[p]).join(""),
  })),
  Init: linux.initProcessEnabled || undefined,
  ShmSize: linux.sharedMemorySize && linux.sharedMemorySize * MIB,
  Tmpfs:
    linux.tmpfs &&
    Object.fromEntries(
      linux.tmpfs.map(({ containerPath, size, mountOptions = [] }) => [
        containerPath,
        [...mountOptions, `size=${size}m`].join(","),
      ]),
    ),
  // Docker counts memory and swap together; without a limit on swap its eagerness is ignored.
  MemorySwap: linux.maxSwap === undefined || !memory ? undefined : (memory + linux.maxSwap) * MIB,
  MemorySwappiness: linux.maxSwap === undefined ? undefined : linux.swappiness,
});

/**
 * Docker does not know a prefix for streams: the stream is spelled out.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
 */
function logConfig({ logDriver, options = {} }: LogConfiguration, containerName: string, taskId: string) {
  const { "awslogs-stream-prefix": prefix, ...rest } = options;
  const expanded = logDriver === "awslogs" && prefix !== undefined;
  const stream = { "awslogs-stream": `${prefix}/${containerName}/${taskId}` };
  return { Type: logDriver, Config: expanded ? { ...rest, ...stream } : options };
}
