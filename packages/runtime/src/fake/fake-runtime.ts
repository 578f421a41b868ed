/** An engine in memory, with the means to misbehave; tests of the agent run against it. */
import { RuntimeError } from "../errors.ts";
import type {
  ContainerInspection,
  ContainerRuntime,
  ContainerSpec,
  EngineInfo,
  EventOptions,
  HealthStatus,
  LogEntry,
} from "../runtime.ts";
import { FakeEngine, matches, type ServedImage, SIGKILLED } from "./fake-engine.ts";
import { createFakeOutput } from "./fake-output.ts";

type Operation = "create" | "start" | "stop" | "remove" | "pull";
type Hook = (subject: string) => void | Promise<void>;

export interface FakeRuntime extends ContainerRuntime {
  /** The process in it ends by itself. */
  exit(reference: string, exitCode: number, options?: { readonly oomKilled?: boolean }): void;
  setHealth(reference: string, health: HealthStatus): void;
  /** The process in it writes a line. */
  write(reference: string, text: string, options?: Partial<LogEntry>): void;
  /** Someone removes it by hand. */
  vanish(reference: string): void;
  addImage(image: string): void;
  /** A registry has it from now on, for whoever brings the login. */
  serveImage(image: string, served: ServedImage): void;
  /** Runs before (or, with `after`, once it has taken effect) each such call; what it throws is the call's failure. */
  intercept(operation: Operation, when: "before" | "after", run: Hook): void;
  /** The event streams break, as when the engine restarts. */
  breakEvents(): void;
  readonly all: () => readonly (ContainerInspection & { readonly spec: ContainerSpec })[];
  readonly volumeNames: () => readonly string[];
  /** How many containers were made under each name. */
  readonly created: ReadonlyMap<string, number>;
}

const SIGTERMED = 143;
const USAGE = { cpuNanos: 1_000_000, memoryBytes: 4 * 1_024 * 1_024 };

export function createFakeRuntime(options: { readonly now?: () => number } = {}): FakeRuntime {
  const engine = new FakeEngine(options.now ?? Date.now);
  const output = createFakeOutput(engine, options.now ?? Date.now);
  const volumes = new Set<string>();
  const hooks = new Map<string, readonly Hook[]>();
  const hooked = async <T>(operation: Operation, subject: string, run: () => T): Promise<T> => {
    for (const hook of hooks.get(`${operation}:before`) ?? []) await hook(subject);
    const result = run();
    for (const hook of hooks.get(`${operation}:after`) ?? []) await hook(subject);
    return result;
  };
  return {
    info: async () => INFO,
    create: (spec) => hooked("create", spec.name, () => engine.create(spec)),
    start: (reference) => hooked("start", reference, () => engine.start(reference)),
    stop: (reference) => hooked("stop", reference, () => engine.end(reference, SIGTERMED, false)),
    async kill(reference) {
      if (engine.demand(reference).status !== "running") {
        throw new RuntimeError("Conflict", "container is not running");
      }
      engine.end(reference, SIGKILLED, false);
    },
    remove: (reference) => hooked("remove", reference, () => engine.remove(reference)),
    inspect: async (reference) => engine.find(reference) ?? null,
    list: async (labels) => [...engine.containers.values()].filter((one) => matches(one.labels, labels)),
    wait: (reference, signal) => waitForEnd(engine, reference, signal),
    pull: (image, { auth }) => hooked("pull", image, () => engine.pull(image, auth)),
    inspectImage: async (image) => engine.inspectImage(image),
    resolveDigest: async (image, { auth }) => engine.resolveDigest(image, auth),
    events: (eventOptions: EventOptions) => engine.follow(eventOptions),
    logs: (reference, logOptions) => output.follow(engine.demand(reference).id, logOptions),
    usage: async (reference) => (engine.find(reference)?.status === "running" ? USAGE : null),
    stats: async (reference) =>
      engine.find(reference)?.status === "running" ? { memory_stats: { usage: USAGE.memoryBytes } } : null,
    createVolume: async ({ name }) => void volumes.add(name),
    removeVolume: async (name) => void volumes.delete(name),
    createNetwork: async (network) => engine.networks.create(network),
    removeNetwork: async (name) => engine.networks.remove(name, [...engine.containers.values()]),
    networks: async () => engine.networks.list(),
    importImage: async (image) => void engine.images.add(image),
    write: (reference, text, more) => output.write(engine.demand(reference).id, text, more),
    exit: (reference, exitCode, { oomKilled = false } = {}) => engine.end(reference, exitCode, oomKilled),
    setHealth: (reference, health) =>
      engine.emit("health", engine.change(engine.demand(reference), { health })),
    vanish: (reference) => engine.remove(reference),
    addImage: (image) => void engine.images.add(image),
    serveImage: (image, served) => engine.serve(image, served),
    intercept: (operation, when, run) => {
      const key = `${operation}:${when}`;
      hooks.set(key, [...(hooks.get(key) ?? []), run]);
    },
    breakEvents: () => engine.breakEvents(),
    all: () => [...engine.containers.values()],
    volumeNames: () => [...volumes],
    created: engine.created,
  };
}

async function waitForEnd(engine: FakeEngine, reference: string, signal: AbortSignal): Promise<number> {
  engine.demand(reference);
  for await (const event of engine.follow({ labels: [], since: "0", signal })) {
    const container = engine.find(reference);
    if (!container || container.status === "exited") {
      return container?.exitCode ?? event.exitCode ?? SIGKILLED;
    }
  }
  throw new RuntimeError("Unavailable", "waiting was given up");
}

const INFO: EngineInfo = {
  engineVersion: "20.10.24",
  apiVersion: "1.41",
  minApiVersion: "1.12",
  cpus: 2,
  memoryBytes: 8 * 1_024 ** 3,
  architecture: "x86_64",
  cgroupVersion: "1",
  cgroupDriver: "cgroupfs",
  logDrivers: ["json-file"],
  volumeDrivers: ["local"],
};
