/** An engine in memory, with the means to misbehave; tests of the agent run against it. */
import { createHash } from "node:crypto";
import { RuntimeError } from "../errors.ts";
import type {
  ContainerEvent,
  ContainerInspection,
  ContainerRuntime,
  ContainerSpec,
  EngineInfo,
  EventAction,
  EventOptions,
  HealthStatus,
  PortBinding,
} from "../runtime.ts";

interface Mutable extends Omit<ContainerInspection, never> {
  readonly spec: ContainerSpec;
}

type Operation = "create" | "start" | "stop" | "remove" | "pull";

export interface FakeRuntime extends ContainerRuntime {
  /** The process in it ends by itself. */
  exit(reference: string, exitCode: number, options?: { readonly oomKilled?: boolean }): void;
  setHealth(reference: string, health: HealthStatus): void;
  /** Someone removes it by hand. */
  vanish(reference: string): void;
  addImage(image: string): void;
  /** Runs before (or, with `after`, once it has taken effect) each such call; what it throws is the call's failure. */
  intercept(
    operation: Operation,
    when: "before" | "after",
    run: (subject: string) => void | Promise<void>,
  ): void;
  /** The event streams break, as when the engine restarts. */
  breakEvents(): void;
  readonly all: () => readonly (ContainerInspection & { readonly spec: ContainerSpec })[];
  readonly volumeNames: () => readonly string[];
  /** How many containers were made under each name. */
  readonly created: ReadonlyMap<string, number>;
}

const FIRST_PORT = 49_153;
const SIGKILLED = 137;

export function createFakeRuntime(options: { readonly now?: () => number } = {}): FakeRuntime {
  const now = options.now ?? Date.now;
  const containers = new Map<string, Mutable>();
  const images = new Set<string>(["roadstead/busybox:latest"]);
  const volumes = new Set<string>();
  const created = new Map<string, number>();
  const hooks = new Map<string, ((subject: string) => void | Promise<void>)[]>();
  const log: ContainerEvent[] = [];
  const listeners = new Set<(event: ContainerEvent | null) => void>();
  let sequence = 0;
  let nextPort = FIRST_PORT;

  const find = (reference: string) =>
    containers.get(reference) ?? [...containers.values()].find(({ name }) => name === reference);
  const demand = (reference: string): Mutable => {
    const container = find(reference);
    if (!container) throw new RuntimeError("NotFound", `No such container: ${reference}`);
    return container;
  };
  const emit = (action: EventAction, container: Mutable, exitCode: number | null = null) => {
    sequence += 1;
    const event: ContainerEvent = {
      action,
      containerId: container.id,
      labels: container.labels,
      exitCode,
      timeNano: String(sequence),
      at: now(),
    };
    log.push(event);
    for (const listener of listeners) listener(event);
  };
  const change = (container: Mutable, patch: Partial<Mutable>): Mutable => {
    const next = { ...container, ...patch };
    containers.set(container.id, next);
    return next;
  };
  const end = (reference: string, exitCode: number, oomKilled: boolean) => {
    const container = demand(reference);
    if (container.status !== "running") return;
    const next = change(container, {
      status: "exited",
      exitCode,
      oomKilled,
      finishedAt: now(),
      pid: null,
      ports: [],
    });
    emit("die", next, exitCode);
  };
  const hooked = async <T>(operation: Operation, subject: string, run: () => T): Promise<T> => {
    for (const hook of hooks.get(`${operation}:before`) ?? []) await hook(subject);
    const result = run();
    for (const hook of hooks.get(`${operation}:after`) ?? []) await hook(subject);
    return result;
  };
  const createNow = (spec: ContainerSpec): string => {
    if (find(spec.name))
      throw new RuntimeError("Conflict", `The container name "/${spec.name}" is already in use`);
    if (!images.has(spec.body.Image))
      throw new RuntimeError("ImageNotFound", `No such image: ${spec.body.Image}`);
    sequence += 1;
    const id = createHash("sha256").update(`${spec.name}${sequence}`).digest("hex");
    const container: Mutable = {
      id,
      name: spec.name,
      labels: spec.body.Labels ?? {},
      imageId: spec.body.Image,
      status: "created",
      exitCode: null,
      oomKilled: false,
      error: null,
      createdAt: now(),
      startedAt: null,
      finishedAt: null,
      health: null,
      ports: [],
      pid: null,
      cgroupParent: "",
      spec,
    };
    containers.set(id, container);
    created.set(spec.name, (created.get(spec.name) ?? 0) + 1);
    emit("create", container);
    return id;
  };
  const startNow = (reference: string) => {
    const container = demand(reference);
    if (container.status === "running") return;
    const { ports, next } = bindPorts(container, [...containers.values()], nextPort);
    nextPort = next;
    const started = {
      status: "running",
      startedAt: now(),
      finishedAt: null,
      exitCode: null,
      ports,
      pid: 1,
    } as const;
    emit(
      "start",
      change(container, { ...started, health: "Healthcheck" in container.spec.body ? "starting" : null }),
    );
  };
  const removeNow = (reference: string) => {
    const container = find(reference);
    if (!container) return;
    end(container.id, SIGKILLED, false);
    containers.delete(container.id);
    emit("destroy", container);
  };
  return {
    info: async () => INFO,
    create: (spec) => hooked("create", spec.name, () => createNow(spec)),
    start: (reference) => hooked("start", reference, () => startNow(reference)),
    stop: (reference) =>
      hooked("stop", reference, () => {
        demand(reference);
        end(reference, 143, false);
      }),
    async kill(reference) {
      if (demand(reference).status !== "running")
        throw new RuntimeError("Conflict", "container is not running");
      end(reference, SIGKILLED, false);
    },
    remove: (reference) => hooked("remove", reference, () => removeNow(reference)),
    inspect: async (reference) => find(reference) ?? null,
    list: async (labels) => [...containers.values()].filter((container) => matches(container.labels, labels)),
    async wait(reference, signal) {
      demand(reference);
      for await (const event of follow({ labels: [], since: "0", signal })) {
        const container = find(reference);
        if (!container || container.status === "exited")
          return container?.exitCode ?? event.exitCode ?? SIGKILLED;
      }
      throw new RuntimeError("Unavailable", "waiting was given up");
    },
    pull: (image) =>
      hooked("pull", image, () => {
        if (!images.has(image)) throw new RuntimeError("PullFailed", `pull access denied for ${image}`);
      }),
    inspectImage: async (image) => (images.has(image) ? { id: image, repoDigests: [], env: [] } : null),
    resolveDigest: async () => null,
    events: (eventOptions) => follow(eventOptions),
    usage: async (reference) =>
      find(reference)?.status === "running" ? { cpuNanos: 1_000_000, memoryBytes: 4 * 1_024 * 1_024 } : null,
    createVolume: async ({ name }) => void volumes.add(name),
    removeVolume: async (name) => void volumes.delete(name),
    exit: (reference, exitCode, { oomKilled = false } = {}) => end(reference, exitCode, oomKilled),
    setHealth: (reference, health) => emit("health", change(demand(reference), { health })),
    vanish: removeNow,
    addImage: (image) => void images.add(image),
    intercept: (operation, when, run) => {
      const key = `${operation}:${when}`;
      hooks.set(key, [...(hooks.get(key) ?? []), run]);
    },
    breakEvents: () => {
      for (const listener of listeners) listener(null);
    },
    all: () => [...containers.values()],
    volumeNames: () => [...volumes],
    created,
  };

  async function* follow({ labels, since, signal }: EventOptions): AsyncIterable<ContainerEvent> {
    const waiting: (ContainerEvent | null)[] = since
      ? log.filter((event) => Number(event.timeNano) >= Number(since))
      : [];
    let wake: () => void = () => undefined;
    const listener = (event: ContainerEvent | null) => {
      waiting.push(event);
      wake();
    };
    const abort = () => wake();
    listeners.add(listener);
    signal.addEventListener("abort", abort);
    try {
      while (!signal.aborted) {
        const event = waiting.shift();
        if (event === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        if (event === null) throw new RuntimeError("Unavailable", "the engine closed the event stream");
        if (matches(event.labels, labels)) yield event;
      }
    } finally {
      listeners.delete(listener);
      signal.removeEventListener("abort", abort);
    }
  }
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

const matches = (labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean =>
  wanted.every((label) => {
    const [key = "", ...value] = label.split("=");
    return value.length === 0 ? key in labels : labels[key] === value.join("=");
  });

function bindPorts(container: Mutable, all: readonly Mutable[], firstFree: number) {
  const wanted = (container.spec.body.HostConfig?.PortBindings ?? {}) as Record<
    string,
    { HostPort?: string }[]
  >;
  let next = firstFree;
  const ports = Object.entries(wanted).flatMap(([key, bindings]) => {
    const [port, protocol] = key.split("/");
    return bindings.map(({ HostPort = "" }): PortBinding => {
      const hostPort = Number(HostPort) || next++;
      const taken = all.some((other) =>
        other.ports.some((bound) => bound.hostPort === hostPort && bound.protocol === protocol),
      );
      if (taken)
        throw new RuntimeError("PortInUse", `Bind for 0.0.0.0:${hostPort} failed: port is already allocated`);
      return {
        containerPort: Number(port),
        protocol: protocol === "udp" ? "udp" : "tcp",
        bindIp: "0.0.0.0",
        hostPort,
      };
    });
  });
  return { ports, next };
}
