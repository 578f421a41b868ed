/** Describes the control plane's processes to the supervisor: which bundle, with which environment. Pure. */
import type { BundleName } from "./bundles.ts";
import { dataFiles } from "./files.ts";
import { reachableHost, type Settings } from "./settings.ts";
import type { ProcessSpecification } from "./supervisor/specification.ts";

/**
 * The heap has a bound that is generous for one machine. A young generation of 16 MiB costs as much memory under load
 * and spares an api that is busy a quarter of its processor time, which collecting 4 MiB at a time would take.
 */
const NODE_FLAGS = ["--max-semi-space-size=16", "--max-old-space-size=192"];
const STOP_TIMEOUT_MS = 27_000;
/** What a process may need of the machine's environment; everything else is named below. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export const PACKED: readonly BundleName[] = ["edge", "registry", "control"];
export const SPLIT: readonly BundleName[] = [
  "api",
  "agent-gateway",
  "registry",
  "scheduler",
  "deployer",
  "load-balancer",
  "autoscaler",
  "event-bus",
  "fargate-provisioner",
];

/** What every process of ours needs to be started. */
export interface Host {
  readonly settings: Settings;
  readonly node: string;
  readonly bundleFolder: string;
  readonly compileCache: string;
  readonly path: string | undefined;
}

/** What services need beside: their stores. */
export interface Stack extends Host {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly masterKeyFile: string;
  /** Where the layers of images are, and how to get there. */
  readonly blobEnv: Readonly<Record<string, string>>;
  /** What the load balancer is told of HAProxy; nothing where there is none. */
  readonly haproxyEnv: Readonly<Record<string, string>>;
}

/** The identity and place of one agent of this machine. */
export interface LocalAgent {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly cpu: number | null;
  readonly memoryMiB: number | null;
}

interface Placed {
  readonly opsPort: number;
  readonly logFile: string;
}

export function serviceProcess(stack: Stack, bundle: BundleName, placed: Placed): ProcessSpecification {
  const { settings } = stack;
  return {
    ...nodeProcess(stack, { name: bundle, bundle, tier: 1 }, placed),
    opsHost: reachableHost(settings.listenHost),
    env: {
      ...settings.serviceEnv,
      ...commonEnv(stack, placed),
      ROADSTEAD_DATABASE_URL: stack.databaseUrl,
      ROADSTEAD_REDIS_URL: stack.redisUrl,
      ROADSTEAD_QUEUE_PREFIX: settings.queuePrefix,
      ROADSTEAD_MASTER_KEY_FILE: stack.masterKeyFile,
      ROADSTEAD_MIGRATIONS_DIR: `${stack.bundleFolder}/../migrations`,
      ROADSTEAD_LISTEN_HOST: settings.listenHost,
      ROADSTEAD_API_PORT: String(settings.apiPort),
      ROADSTEAD_GATEWAY_PORT: String(settings.gatewayPort),
      ROADSTEAD_REGISTRY_PORT: String(settings.registryPort),
      ROADSTEAD_REGISTRY_HOST:
        settings.serviceEnv.ROADSTEAD_REGISTRY_HOST ?? `127.0.0.1:${settings.registryPort}`,
      ...(bundle === "registry" ? stack.blobEnv : {}),
      ...(bundle === "control" || bundle === "load-balancer" ? stack.haproxyEnv : {}),
      ...(bundle === "control" || bundle === "fargate-provisioner" ? fleetEnv(stack) : {}),
      ROADSTEAD_GATEWAY_URL: settings.gatewayUrl,
      ROADSTEAD_REGIONS: settings.regions.join(","),
      ROADSTEAD_DOMAIN: settings.domain,
      ROADSTEAD_AUTH: settings.auth,
      ...tlsEnv(stack),
    },
  };
}

/** Without an address for other machines nothing of it is said. */
function tlsEnv({ settings, bundleFolder }: Stack): Record<string, string> {
  if (settings.tlsListenHost === null) return {};
  return {
    ROADSTEAD_TLS_LISTEN_HOST: settings.tlsListenHost,
    ROADSTEAD_TLS_API_PORT: String(settings.tlsApiPort),
    ROADSTEAD_TLS_REGISTRY_PORT: String(settings.tlsRegistryPort),
    ROADSTEAD_TLS_GATEWAY_PORT: String(settings.tlsGatewayPort),
    ROADSTEAD_JOIN_FILES_DIR: bundleFolder,
    ...(settings.tlsNames.length > 0 ? { ROADSTEAD_TLS_NAMES: settings.tlsNames.join(",") } : {}),
  };
}

/** The agent knows the api and nothing else: no database, no Redis. */
export function agentProcess(
  host: Host,
  agent: LocalAgent,
  placed: Placed & { readonly dataDir: string },
): ProcessSpecification {
  const { settings } = host;
  return {
    ...nodeProcess(host, { name: agent.name, bundle: "agent", tier: 2 }, placed),
    env: {
      ...commonEnv(host, placed),
      ...agentEnv(settings),
      ROADSTEAD_AGENT_DATA_DIR: placed.dataDir,
      ROADSTEAD_CLUSTER: agent.cluster,
      AWS_REGION: agent.region,
      AWS_ACCESS_KEY_ID: agent.accessKeyId,
      AWS_SECRET_ACCESS_KEY: agent.secretAccessKey,
      ...(agent.cpu === null ? {} : { ROADSTEAD_AGENT_CPU: String(agent.cpu) }),
      ...(agent.memoryMiB === null ? {} : { ROADSTEAD_AGENT_MEMORY_MIB: String(agent.memoryMiB) }),
    },
  };
}

/** An agent says what its tasks use three times a minute, however long the minute of metrics lasts. */
function metricsIntervalOf({ serviceEnv }: Settings): Record<string, string> {
  const minuteMs = Number(serviceEnv.ROADSTEAD_METRIC_PERIOD_MS);
  return minuteMs > 0 ? { ROADSTEAD_AGENT_METRICS_INTERVAL_MS: String(Math.round(minuteMs / 3)) } : {};
}

/** What every agent of this machine is told, whatever its identity. */
const agentEnv = (settings: Settings): Record<string, string> => ({
  // Images built on this machine run as they are, with no registry to ask.
  ROADSTEAD_AGENT_PULL_BEHAVIOR: "prefer-cached",
  ROADSTEAD_REGISTRY_URL: `http://${reachableHost(settings.listenHost)}:${settings.registryPort}`,
  ROADSTEAD_AGENT_REGISTRY_LISTEN: `127.0.0.1:${settings.registryPort}`,
  ...metricsIntervalOf(settings),
  ...settings.agentEnv,
  ROADSTEAD_DOCKER_SOCKET: settings.dockerSocket,
});

/** How the provisioner starts the agents of Fargate's hosts, which are its own to look after. */
function fleetEnv(host: Host): Record<string, string> {
  const { ROADSTEAD_OPS_PORT: _, ...common } = commonEnv(host, { opsPort: 0, logFile: "" });
  const files = dataFiles(host.settings.dataDir);
  const program = {
    command: host.node,
    args: [...NODE_FLAGS, `${host.bundleFolder}/agent.mjs`],
    env: { ...common, ...agentEnv(host.settings) },
  };
  return {
    ROADSTEAD_FARGATE_AGENT: JSON.stringify(program),
    // Its hosts stay its own when the machine gets another name.
    ROADSTEAD_FARGATE_MACHINE: host.settings.serviceEnv.ROADSTEAD_FARGATE_MACHINE ?? "local",
    ROADSTEAD_FARGATE_AGENTS_DIR: files.agentFolders,
    ROADSTEAD_FARGATE_LOGS_DIR: files.logs,
  };
}

function nodeProcess(
  host: Host,
  process: {
    readonly name: string;
    readonly bundle: BundleName;
    readonly tier: number;
  },
  placed: Placed,
): ProcessSpecification {
  return {
    name: process.name,
    tier: process.tier,
    command: host.node,
    args: [...NODE_FLAGS, `${host.bundleFolder}/${process.bundle}.mjs`],
    env: {},
    cwd: host.settings.dataDir,
    user: null,
    logFile: placed.logFile,
    stopSignal: "SIGTERM",
    stopTimeoutMs: STOP_TIMEOUT_MS,
    opsHost: "127.0.0.1",
    opsPort: placed.opsPort,
  };
}

/** This machine's part of it, from the folder that holds the bundles. */
export const hostOf = (settings: Settings, bundleFolder: string): Host => ({
  settings,
  node: process.execPath,
  bundleFolder,
  compileCache: `${settings.dataDir}/bundles/.compile-cache`,
  path: process.env.PATH,
});

const commonEnv = (host: Host, placed: Placed): Record<string, string> => ({
  PATH: host.path ?? DEFAULT_PATH,
  HOME: host.settings.dataDir,
  NODE_ENV: "production",
  NODE_COMPILE_CACHE: host.compileCache,
  ROADSTEAD_API_URL: host.settings.apiUrl,
  ROADSTEAD_LOG_LEVEL: host.settings.logLevel,
  ROADSTEAD_OPS_PORT: String(placed.opsPort),
});
