/** What the agent asks of a container engine; `docker/` and `fake/` implement it, `contract.ts` holds both to it. */

export const ENGINE_STATUSES = [
  "created",
  "running",
  "paused",
  "restarting",
  "removing",
  "exited",
  "dead",
] as const;
export type EngineStatus = (typeof ENGINE_STATUSES)[number];

/**
 * The engine's own create document. The control plane renders part of it as text in Docker's words, so it is
 * handed through as it is rather than translated twice.
 */
interface ContainerBody {
  readonly Image: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly HostConfig?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export interface ContainerSpec {
  /** Unique in the engine; a second container of that name is refused with `Conflict`. */
  readonly name: string;
  readonly body: ContainerBody;
}

export interface PortBinding {
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp";
  readonly bindIp: string;
  readonly hostPort: number;
}

export type HealthStatus = "starting" | "healthy" | "unhealthy";

export interface ContainerInspection {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly imageId: string;
  readonly status: EngineStatus;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** What the engine says about a failed start. */
  readonly error: string | null;
  readonly createdAt: number;
  /** Milliseconds; null when it never started. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly health: HealthStatus | null;
  readonly ports: readonly PortBinding[];
  readonly pid: number | null;
  readonly cgroupParent: string;
  /** In the engine's networks, of each family; none where it has the host's network, or does not run. */
  readonly addresses: readonly string[];
}

export interface ContainerListing {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: EngineStatus;
}

export interface ImageInspection {
  readonly id: string;
  /** `repository@sha256:…`, empty for an image that came from no registry. */
  readonly repoDigests: readonly string[];
  readonly env: readonly string[];
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serverAddress: string;
}

export const EVENT_ACTIONS = [
  "create",
  "start",
  "die",
  "oom",
  "destroy",
  "health",
  "pause",
  "unpause",
] as const;
export type EventAction = (typeof EVENT_ACTIONS)[number];

export interface ContainerEvent {
  readonly action: EventAction;
  readonly containerId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly exitCode: number | null;
  /** Nanoseconds, as text: resuming from exactly here repeats this event and skips none. */
  readonly timeNano: string;
  readonly at: number;
}

export interface EventOptions {
  /** Every one must match. `key` or `key=value`. */
  readonly labels: readonly string[];
  readonly since?: string;
  readonly signal: AbortSignal;
}

/** What a container wrote at once: a line, or a part of one that was too long for the engine. */
export interface LogEntry {
  readonly source: "stdout" | "stderr";
  /** RFC 3339 with up to nanoseconds, as the engine keeps it. */
  readonly time: string;
  /** Without the line's end. */
  readonly text: string;
  /** Whether the line goes on with the next entry of the same source. */
  readonly isPartial: boolean;
}

export interface LogOptions {
  /** Entries of that moment and later; in milliseconds. */
  readonly sinceMs: number;
  readonly signal: AbortSignal;
}

/** Counters since the container started; whoever asks twice can say what was used between. */
export interface ContainerUsage {
  readonly cpuNanos: number;
  readonly memoryBytes: number;
}

export interface EngineInfo {
  readonly engineVersion: string;
  readonly apiVersion: string;
  readonly minApiVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly architecture: string;
  readonly cgroupVersion: "1" | "2";
  readonly cgroupDriver: string;
  readonly logDrivers: readonly string[];
  readonly volumeDrivers: readonly string[];
}

interface VolumeSpec {
  readonly name: string;
  readonly driver?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A network of the engine's own, of which a bridge of this machine is the gateway. */
export interface NetworkSpec {
  readonly name: string;
  /** CIDR; no two networks of the machine may overlap. */
  readonly subnet: string;
  readonly gateway: string;
  /** The kernel's name for the bridge. */
  readonly bridge: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NetworkListing {
  readonly name: string;
  readonly subnets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Every call has a bound and throws `RuntimeError` alone. */
export interface ContainerRuntime {
  info(): Promise<EngineInfo>;
  /** The new container's id. */
  create(spec: ContainerSpec): Promise<string>;
  /** Starting what runs is no error. */
  start(reference: string): Promise<void>;
  /** The container's stop signal, then SIGKILL after the timeout. Stopping what does not run is no error. */
  stop(reference: string, timeoutSeconds: number): Promise<void>;
  kill(reference: string, signal: string): Promise<void>;
  /** Its anonymous volumes too, running or not. Removing what is gone is no error. */
  remove(reference: string): Promise<void>;
  /** Null when there is none; by id or name. */
  inspect(reference: string): Promise<ContainerInspection | null>;
  list(labels: readonly string[]): Promise<readonly ContainerListing[]>;
  /** The exit code, once it has ended. */
  wait(reference: string, signal: AbortSignal): Promise<number>;
  pull(
    image: string,
    options: { readonly auth?: RegistryAuth; readonly signal?: AbortSignal },
  ): Promise<void>;
  inspectImage(image: string): Promise<ImageInspection | null>;
  /**
   * The digest its registry has for it now. Unlike a pull, which skips what the engine has under that digest, it always
   * asks with the login; `PullFailed` when that is refused or there is none.
   */
  resolveDigest(
    image: string,
    options: { readonly auth?: RegistryAuth; readonly signal?: AbortSignal },
  ): Promise<string>;
  /** Ends when the signal fires; throws `Unavailable` when the engine goes away. */
  events(options: EventOptions): AsyncIterable<ContainerEvent>;
  /**
   * What it wrote, in the engine's order, and what it writes until it ends. Ends also when the signal fires; throws
   * `Unavailable` when the engine goes away.
   */
  logs(reference: string, options: LogOptions): AsyncIterable<readonly LogEntry[]>;
  /** Null when it does not run or its files cannot be read. */
  usage(reference: string): Promise<ContainerUsage | null>;
  /** The engine's own document of what it uses, sampled once; null when it does not run. */
  stats(reference: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** Making a volume that is there already is no error. */
  createVolume(volume: VolumeSpec): Promise<void>;
  removeVolume(name: string): Promise<void>;
  /** Making one that is there already is no error; `Engine` when its range is taken. */
  createNetwork(network: NetworkSpec): Promise<void>;
  /** False while a running container is in it. Removing what is gone is no error. */
  removeNetwork(name: string): Promise<boolean>;
  networks(): Promise<readonly NetworkListing[]>;
  /** An image of the files in a tar archive. */
  importImage(image: string, archive: Uint8Array): Promise<void>;
}
