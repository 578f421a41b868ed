/** Decides where everything is and on which ports, from the environment and what an earlier `up` chose; every command calls this first. */
import { isIP } from "node:net";
import { join } from "node:path";

export interface Settings {
  readonly dataDir: string;
  readonly listenHost: string;
  readonly apiPort: number;
  readonly registryPort: number;
  readonly gatewayPort: number;
  /** Where other machines reach this one over TLS; null opens no such port. */
  readonly tlsListenHost: string | null;
  readonly tlsNames: readonly string[];
  readonly tlsApiPort: number;
  readonly tlsRegistryPort: number;
  readonly tlsGatewayPort: number;
  /** Where private servers listen unless that port is taken. */
  readonly postgresPort: number;
  readonly redisPort: number;
  readonly minioPort: number;
  /** First of the ports for /readyz and /metrics; each process takes the next. */
  readonly opsPortBase: number;
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  readonly regions: readonly string[];
  readonly domain: string;
  readonly auth: "sigv4" | "insecure";
  readonly logLevel: string;
  readonly queuePrefix: string;
  /** Addresses of servers that are not ours to start. */
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  /** Where MinIO's program is, if not on the PATH. */
  readonly minioProgram: string | null;
  readonly dockerSocket: string;
  /** Finer settings of the agent and of the services, handed on as they are. */
  readonly agentEnv: Readonly<Record<string, string>>;
  readonly serviceEnv: Readonly<Record<string, string>>;
}

/** What `up` remembers so that later commands need no environment. */
export interface Remembered {
  readonly settings: Settings;
  readonly processes: "packed" | "split";
  readonly postgresPort: number | null;
  readonly redisPort: number | null;
  /** Missing where an older release wrote it down, and so kept layers in the data folder. */
  readonly minioPort?: number | null;
  readonly blobs?: BlobPlace;
}

/** Where the layers of images are kept: a folder, a MinIO of ours, or a bucket that is not ours to run. */
export type BlobPlace =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "minio" }
  | { readonly kind: "bucket"; readonly endpoint: string; readonly bucket: string };

type Env = Readonly<Record<string, string | undefined>>;

export class SettingsError extends Error {}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

/** What the launcher itself settles for every process; everything else named ROADSTEAD_… is handed on. */
const SETTLED = new Set([
  "ROADSTEAD_DATA",
  "ROADSTEAD_LISTEN_HOST",
  "ROADSTEAD_API_PORT",
  "ROADSTEAD_GATEWAY_PORT",
  "ROADSTEAD_REGISTRY_PORT",
  "ROADSTEAD_TLS_LISTEN_HOST",
  "ROADSTEAD_TLS_NAMES",
  "ROADSTEAD_TLS_API_PORT",
  "ROADSTEAD_TLS_REGISTRY_PORT",
  "ROADSTEAD_TLS_GATEWAY_PORT",
  "ROADSTEAD_JOIN_FILES_DIR",
  "ROADSTEAD_CA_FILE",
  "ROADSTEAD_POSTGRES_PORT",
  "ROADSTEAD_REDIS_PORT",
  "ROADSTEAD_MINIO_PORT",
  "ROADSTEAD_MINIO_BIN",
  "ROADSTEAD_OPS_PORT_BASE",
  "ROADSTEAD_OPS_PORT",
  "ROADSTEAD_API_URL",
  "ROADSTEAD_GATEWAY_URL",
  "ROADSTEAD_REGIONS",
  "ROADSTEAD_DOMAIN",
  "ROADSTEAD_AUTH",
  "ROADSTEAD_LOG_LEVEL",
  "ROADSTEAD_QUEUE_PREFIX",
  "ROADSTEAD_DATABASE_URL",
  "ROADSTEAD_REDIS_URL",
  "ROADSTEAD_DOCKER_SOCKET",
  "ROADSTEAD_MASTER_KEY_FILE",
  "ROADSTEAD_MIGRATIONS_DIR",
  "ROADSTEAD_AGENT_DATA_DIR",
  "ROADSTEAD_CLUSTER",
  "ROADSTEAD_REGISTRY",
  "ROADSTEAD_TERRAFORM_PLUGINS",
  "ROADSTEAD_DEMO_WITHOUT_TERRAFORM",
]);
const AGENT_PREFIX = "ROADSTEAD_AGENT_";
const TEST_PREFIX = "ROADSTEAD_TEST_";

/** The folder that holds everything we make. */
export function dataDirectory(env: Env, uid: number): string {
  if (env.ROADSTEAD_DATA) return env.ROADSTEAD_DATA;
  if (uid === 0) return "/var/lib/roadstead";
  const home = env.HOME;
  if (!home) throw new SettingsError("HOME is not set: say where to keep data with ROADSTEAD_DATA=/path");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "roadstead");
}

/** The environment wins over what was remembered, and that over the defaults. */
export function resolveSettings(env: Env, dataDir: string, remembered: Partial<Settings> = {}): Settings {
  const text = (name: string, before: string | undefined, fallback: string) =>
    env[name] || before || fallback;
  return {
    dataDir,
    ...resolveAddresses(env, remembered),
    ...resolveTls(env, remembered),
    regions: parseRegions(text("ROADSTEAD_REGIONS", remembered.regions?.join(","), "us-east-1")),
    domain: text("ROADSTEAD_DOMAIN", remembered.domain, "roadstead.internal"),
    auth: parseAuth(text("ROADSTEAD_AUTH", remembered.auth, "sigv4")),
    logLevel: parseLogLevel(text("ROADSTEAD_LOG_LEVEL", remembered.logLevel, "info")),
    queuePrefix: text("ROADSTEAD_QUEUE_PREFIX", remembered.queuePrefix, "roadstead"),
    databaseUrl: env.ROADSTEAD_DATABASE_URL || (remembered.databaseUrl ?? null),
    redisUrl: env.ROADSTEAD_REDIS_URL || (remembered.redisUrl ?? null),
    minioProgram: env.ROADSTEAD_MINIO_BIN || (remembered.minioProgram ?? null),
    dockerSocket: text("ROADSTEAD_DOCKER_SOCKET", remembered.dockerSocket, "/var/run/docker.sock"),
    agentEnv: { ...remembered.agentEnv, ...pick(env, (name) => name.startsWith(AGENT_PREFIX)) },
    serviceEnv: { ...remembered.serviceEnv, ...pick(env, (name) => !name.startsWith(AGENT_PREFIX)) },
  };
}

function resolveAddresses(env: Env, remembered: Partial<Settings>) {
  const port = (name: string, before: number | undefined, fallback: number) =>
    env[name] ? parsePort(name, env[name]) : (before ?? fallback);
  const listenHost = env.ROADSTEAD_LISTEN_HOST || (remembered.listenHost ?? "127.0.0.1");
  const apiPort = port("ROADSTEAD_API_PORT", remembered.apiPort, 4700);
  const gatewayPort = port("ROADSTEAD_GATEWAY_PORT", remembered.gatewayPort, 4702);
  const sameHost = listenHost === remembered.listenHost;
  const apiUrl = sameHost && apiPort === remembered.apiPort ? remembered.apiUrl : undefined;
  const gatewayUrl = sameHost && gatewayPort === remembered.gatewayPort ? remembered.gatewayUrl : undefined;
  const here = reachableHost(listenHost);
  return {
    listenHost,
    apiPort,
    gatewayPort,
    registryPort: port("ROADSTEAD_REGISTRY_PORT", remembered.registryPort, 4701),
    postgresPort: port("ROADSTEAD_POSTGRES_PORT", remembered.postgresPort, 4710),
    redisPort: port("ROADSTEAD_REDIS_PORT", remembered.redisPort, 4711),
    minioPort: port("ROADSTEAD_MINIO_PORT", remembered.minioPort, 4712),
    opsPortBase: port("ROADSTEAD_OPS_PORT_BASE", remembered.opsPortBase, 4720),
    apiUrl: env.ROADSTEAD_API_URL || (apiUrl ?? `http://${here}:${apiPort}`),
    gatewayUrl: env.ROADSTEAD_GATEWAY_URL || (gatewayUrl ?? `http://${here}:${gatewayPort}`),
  };
}

/** `ROADSTEAD_TLS_LISTEN_HOST=off` closes what an earlier `up` opened. */
function resolveTls(env: Env, remembered: Partial<Settings>) {
  const port = (name: string, before: number | undefined, fallback: number) =>
    env[name] ? parsePort(name, env[name]) : (before ?? fallback);
  const host = env.ROADSTEAD_TLS_LISTEN_HOST || (remembered.tlsListenHost ?? null);
  return {
    tlsListenHost: host === "off" ? null : parseListenHost(host),
    tlsNames: env.ROADSTEAD_TLS_NAMES
      ? env.ROADSTEAD_TLS_NAMES.split(",").flatMap((name) => name.trim() || [])
      : (remembered.tlsNames ?? []),
    tlsApiPort: port("ROADSTEAD_TLS_API_PORT", remembered.tlsApiPort, 4750),
    tlsRegistryPort: port("ROADSTEAD_TLS_REGISTRY_PORT", remembered.tlsRegistryPort, 4751),
    tlsGatewayPort: port("ROADSTEAD_TLS_GATEWAY_PORT", remembered.tlsGatewayPort, 4752),
  };
}

function parseListenHost(host: string | null): string | null {
  if (host === null || isIP(host) !== 0) return host;
  throw new SettingsError(
    `the address to listen on for other machines must be one of this machine's, 0.0.0.0, :: or off, not "${host}"`,
  );
}

/** What listens everywhere is reached over loopback. */
export const reachableHost = (listenHost: string): string =>
  listenHost === "0.0.0.0" || listenHost === "::" ? "127.0.0.1" : listenHost;

function parsePort(name: string, value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SettingsError(`${name} must be a port between 1 and 65535, not "${value}"`);
  }
  return port;
}

function parseRegions(value: string): readonly string[] {
  const regions = value.split(",").map((region) => region.trim());
  const wrong = regions.find((region) => !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region));
  if (wrong !== undefined) {
    throw new SettingsError(
      `ROADSTEAD_REGIONS must be region names such as us-east-1,eu-west-1; "${wrong}" is none`,
    );
  }
  return [...new Set(regions)];
}

function parseAuth(value: string): "sigv4" | "insecure" {
  if (value === "sigv4" || value === "insecure") return value;
  throw new SettingsError(`ROADSTEAD_AUTH must be sigv4 or insecure, not "${value}"`);
}

function parseLogLevel(value: string): string {
  if (LOG_LEVELS.includes(value)) return value;
  throw new SettingsError(`ROADSTEAD_LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}, not "${value}"`);
}

const pick = (env: Env, wanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      const handedOn = name.startsWith("ROADSTEAD_") && !name.startsWith(TEST_PREFIX) && !SETTLED.has(name);
      return handedOn && value && wanted(name) ? [[name, value]] : [];
    }),
  );
