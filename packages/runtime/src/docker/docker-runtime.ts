/** `ContainerRuntime` over a Docker Engine's socket; the agent opens one and nothing else imports dockerode. */
import Docker from "dockerode";
import { isRuntimeError, RuntimeError } from "../errors.ts";
import type {
  ContainerEvent,
  ContainerRuntime,
  EngineInfo,
  EventOptions,
  ImageInspection,
  LogEntry,
  LogOptions,
} from "../runtime.ts";
import { readUsage } from "../usage/read-usage.ts";
import { callEngine, type EngineRequest, streamEngine } from "./engine-call.ts";
import { pullImage, resolveDigest } from "./pull-image.ts";
import { readEvent, readInspection, readListing } from "./read-inspection.ts";
import { readLines } from "./read-lines.ts";
import { readLogEntries } from "./read-log-entries.ts";
import { volumesAndNetworks } from "./volumes-and-networks.ts";

export interface DockerRuntimeOptions {
  readonly socketPath: string;
  /** Where the control groups are mounted. */
  readonly cgroupRoot?: string;
  readonly timeouts?: Partial<Timeouts>;
}

/** As long as the public agent waits. */
interface Timeouts {
  readonly createMs: number;
  readonly startMs: number;
  readonly pullMs: number;
  readonly pullIdleMs: number;
  /** Everything that only reads. */
  readonly readMs: number;
}

const TIMEOUTS: Timeouts = {
  createMs: 4 * 60_000,
  startMs: 3 * 60_000,
  pullMs: 2 * 3_600_000,
  pullIdleMs: 60_000,
  readMs: 30_000,
};
/** Beyond the stop timeout itself: the kill, and the engine's own work. */
const STOP_GRACE_MS = 2 * 60_000;
const NEWEST_API = "1.44";

type Call = (request: EngineRequest) => Promise<unknown>;

/** Asks the engine for its versions first, so it must be there. */
export async function openDockerRuntime(options: DockerRuntimeOptions): Promise<ContainerRuntime> {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const probe = new Docker({ socketPath: options.socketPath });
  const versions = (await callEngine(probe, {
    method: "GET",
    path: "/version",
    accept: [200],
    timeoutMs: timeouts.readMs,
  })) as Record<string, string>;
  const apiVersion = lowerVersion(versions.ApiVersion ?? NEWEST_API, NEWEST_API);
  const docker = new Docker({ socketPath: options.socketPath, version: `v${apiVersion}` });
  const call: Call = (request) => callEngine(docker, request);
  const read = (path: string, query: Record<string, string> = {}) =>
    call({ method: "GET", path, query, accept: [200], timeoutMs: timeouts.readMs });
  const cgroupRoot = options.cgroupRoot ?? "/sys/fs/cgroup";
  const runtime: ContainerRuntime = {
    info: async () => readInfo(versions, apiVersion, (await read("/info")) as Record<string, unknown>),
    ...lifecycle(call, timeouts),
    inspect: (reference) =>
      orNull(async () => readInspection(await read(`/containers/${encode(reference)}/json`))),
    list: async (labels) => {
      const filters = JSON.stringify({ label: labels });
      return ((await read("/containers/json", { all: "true", filters })) as unknown[]).map(readListing);
    },
    pull: (image, pullOptions) => pullImage(docker, image, { ...pullOptions, ...timeouts }),
    inspectImage: (image) => orNull(async () => readImage(await read(`/images/${encode(image)}/json`))),
    resolveDigest: (image, asked) => resolveDigest(docker, image, { ...asked, timeoutMs: timeouts.readMs }),
    events: (eventOptions) => followEvents(docker, eventOptions, timeouts.readMs),
    logs: (reference, logOptions) =>
      followLogs(docker, reference, logOptions, { read, timeoutMs: timeouts.readMs }),
    usage: async (reference) => {
      const inspection = await runtime.inspect(reference);
      return inspection?.pid ? readUsage(cgroupRoot, inspection.pid) : null;
    },
    stats: async (reference) => {
      const inspection = await orNull(() => runtime.inspect(reference));
      if (inspection?.status !== "running") return null;
      const query = { stream: "false", "one-shot": "true" };
      return orNull(
        async () => (await read(`/containers/${encode(reference)}/stats`, query)) as Record<string, unknown>,
      );
    },
    ...volumesAndNetworks(call, timeouts),
  };
  return runtime;
}

function lifecycle(
  call: Call,
  timeouts: Timeouts,
): Pick<ContainerRuntime, "create" | "start" | "stop" | "kill" | "remove" | "wait"> {
  const post = (path: string, query: Record<string, string>, timeoutMs: number, accept: readonly number[]) =>
    call({ method: "POST", path, query, accept, timeoutMs });
  return {
    async create({ name, body }) {
      const answer = await call({
        method: "POST",
        path: "/containers/create",
        query: { name },
        body,
        accept: [201],
        timeoutMs: timeouts.createMs,
      });
      return (answer as { readonly Id: string }).Id;
    },
    start: async (reference) =>
      void (await post(`/containers/${encode(reference)}/start`, {}, timeouts.startMs, [204, 304])),
    stop: async (reference, seconds) =>
      void (await post(
        `/containers/${encode(reference)}/stop`,
        { t: String(seconds) },
        seconds * 1_000 + STOP_GRACE_MS,
        [204, 304],
      )),
    kill: async (reference, signal) =>
      void (await post(`/containers/${encode(reference)}/kill`, { signal }, timeouts.readMs, [204])),
    remove: async (reference) =>
      void (await call({
        method: "DELETE",
        path: `/containers/${encode(reference)}`,
        query: { force: "true", v: "true" },
        // 409: another removal of it runs already.
        accept: [204, 404, 409],
        timeoutMs: STOP_GRACE_MS,
      })),
    async wait(reference, signal) {
      const answer = await call({
        method: "POST",
        path: `/containers/${encode(reference)}/wait`,
        accept: [200],
        timeoutMs: 2 ** 31 - 1,
        signal,
      });
      return (answer as { readonly StatusCode: number }).StatusCode;
    },
  };
}

const encode = encodeURIComponent;

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isRuntimeError(error, "NotFound", "ImageNotFound")) return null;
    throw error;
  }
}

async function* followEvents(
  docker: Docker,
  { labels, since, signal }: EventOptions,
  timeoutMs: number,
): AsyncIterable<ContainerEvent> {
  const filters = JSON.stringify({ type: ["container"], label: labels });
  const query = { filters, ...(since ? { since: sinceText(since) } : {}) };
  const stream = await streamEngine(docker, {
    method: "GET",
    path: "/events",
    query,
    accept: [200],
    timeoutMs,
    signal,
  });
  const stop = () => stream.destroy();
  signal.addEventListener("abort", stop, { once: true });
  // Without a listener an aborted stream's error would end the process; the end of the lines below tells us.
  stream.on("error", () => undefined);
  try {
    for await (const line of readLines(stream)) {
      const event = readEvent(JSON.parse(line));
      if (event) yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw new RuntimeError("Unavailable", "the event stream broke", { cause: error });
  } finally {
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
  if (!signal.aborted) throw new RuntimeError("Unavailable", "the engine closed the event stream");
}

async function* followLogs(
  docker: Docker,
  reference: string,
  { sinceMs, signal }: LogOptions,
  engine: { readonly read: (path: string) => Promise<unknown>; readonly timeoutMs: number },
): AsyncIterable<readonly LogEntry[]> {
  const path = `/containers/${encode(reference)}`;
  const { Config } = (await engine.read(`${path}/json`)) as { readonly Config?: { readonly Tty?: boolean } };
  const since = sinceText(`${Math.floor(sinceMs)}000000`);
  const query = { follow: "true", stdout: "true", stderr: "true", timestamps: "true", since };
  const stream = await streamEngine(docker, {
    method: "GET",
    path: `${path}/logs`,
    query,
    accept: [200],
    timeoutMs: engine.timeoutMs,
    signal,
  });
  const stop = () => stream.destroy();
  signal.addEventListener("abort", stop, { once: true });
  stream.on("error", () => undefined);
  try {
    yield* readLogEntries(stream, Config?.Tty === true);
  } catch (error) {
    if (!signal.aborted) throw new RuntimeError("Unavailable", "the log stream broke", { cause: error });
  } finally {
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
}

/** The engine reads seconds with a fraction of nine digits. */
const sinceText = (nanos: string): string =>
  nanos.length > 9 ? `${nanos.slice(0, -9)}.${nanos.slice(-9)}` : `0.${nanos.padStart(9, "0")}`;

function readImage(document: unknown): ImageInspection {
  const image = document as {
    readonly Id: string;
    readonly RepoDigests?: readonly string[] | null;
    readonly Config?: { readonly Env?: readonly string[] | null } | null;
  };
  return { id: image.Id, repoDigests: image.RepoDigests ?? [], env: image.Config?.Env ?? [] };
}

function readInfo(
  versions: Readonly<Record<string, string>>,
  apiVersion: string,
  info: Readonly<Record<string, unknown>>,
): EngineInfo {
  const plugins = (info.Plugins ?? {}) as {
    readonly Log?: readonly string[];
    readonly Volume?: readonly string[];
  };
  return {
    engineVersion: versions.Version ?? "",
    apiVersion,
    minApiVersion: versions.MinAPIVersion ?? apiVersion,
    cpus: Number(info.NCPU ?? 1),
    memoryBytes: Number(info.MemTotal ?? 0),
    architecture: String(info.Architecture ?? ""),
    cgroupVersion: info.CgroupVersion === "2" ? "2" : "1",
    cgroupDriver: String(info.CgroupDriver ?? ""),
    logDrivers: plugins.Log ?? [],
    volumeDrivers: plugins.Volume ?? [],
  };
}

/** Of two `major.minor` versions the lower. */
function lowerVersion(a: string, b: string): string {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor) ? a : b;
}
