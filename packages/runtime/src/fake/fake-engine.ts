/** The state of the engine in memory and what changes it, at once and without waiting; `fake-runtime` puts the interface over it. */
import { createHash } from "node:crypto";
import { RuntimeError } from "../errors.ts";
import type {
  ContainerEvent,
  ContainerInspection,
  ContainerSpec,
  EventAction,
  EventOptions,
  ImageInspection,
  PortBinding,
  RegistryAuth,
} from "../runtime.ts";
import { FakeNetworks } from "./fake-networks.ts";

export interface FakeContainer extends ContainerInspection {
  readonly spec: ContainerSpec;
}

const FIRST_PORT = 49_153;
export const SIGKILLED = 137;

export interface ServedImage {
  /** Null: for everyone. */
  readonly login: { readonly username: string; readonly password: string } | null;
  readonly digest: string;
}

/** Without tag and digest. */
const repositoryOf = (image: string) => image.split("@")[0]?.replace(/:[^/:]*$/, "") ?? image;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

export class FakeEngine {
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Set<string>(["roadstead/busybox:latest"]);
  readonly served = new Map<string, ServedImage>();
  readonly created = new Map<string, number>();
  readonly networks = new FakeNetworks();
  readonly #now: () => number;
  readonly #log: ContainerEvent[] = [];
  readonly #listeners = new Set<(event: ContainerEvent | null) => void>();
  #sequence = 0;
  #nextPort = FIRST_PORT;

  constructor(now: () => number) {
    this.#now = now;
  }

  find(reference: string): FakeContainer | undefined {
    return (
      this.containers.get(reference) ?? [...this.containers.values()].find(({ name }) => name === reference)
    );
  }

  demand(reference: string): FakeContainer {
    const container = this.find(reference);
    if (!container) throw new RuntimeError("NotFound", `No such container: ${reference}`);
    return container;
  }

  change(container: FakeContainer, patch: Partial<FakeContainer>): FakeContainer {
    const next = { ...container, ...patch };
    this.containers.set(container.id, next);
    return next;
  }

  create(spec: ContainerSpec): string {
    if (this.find(spec.name)) {
      throw new RuntimeError("Conflict", `The container name "/${spec.name}" is already in use`);
    }
    if (!this.images.has(spec.body.Image)) {
      throw new RuntimeError("ImageNotFound", `No such image: ${spec.body.Image}`);
    }
    this.#sequence += 1;
    const id = sha256(`${spec.name}${this.#sequence}`);
    const container = newContainer(id, spec, this.#now());
    this.containers.set(id, container);
    this.created.set(spec.name, (this.created.get(spec.name) ?? 0) + 1);
    this.emit("create", container);
    return id;
  }

  /** A registry has it from now on, by this name and by its digest. */
  serve(image: string, served: ServedImage): void {
    this.served.set(image, served);
    this.served.set(`${repositoryOf(image)}@${served.digest}`, served);
  }

  /** As real ones do, it asks nobody for what it has under that very digest. */
  pull(image: string, auth: RegistryAuth | undefined): void {
    const isKept = this.images.has(image) && (image.includes("@") || !this.served.has(image));
    if (isKept) return;
    const digest = this.resolveDigest(image, auth);
    this.images.add(image);
    this.images.add(`${repositoryOf(image)}@${digest}`);
  }

  resolveDigest(image: string, auth: RegistryAuth | undefined): string {
    const served = this.served.get(image);
    const login = served?.login;
    const isLetIn =
      login === null || (login?.username === auth?.username && login?.password === auth?.password);
    if (served && isLetIn) return served.digest;
    throw new RuntimeError("PullFailed", `pull access denied for ${image}, repository does not exist`);
  }

  inspectImage(image: string): ImageInspection | null {
    if (!this.images.has(image)) return null;
    const digest = this.served.get(image)?.digest;
    return {
      id: `sha256:${sha256(digest ?? image)}`,
      repoDigests: digest ? [`${repositoryOf(image)}@${digest}`] : [],
      env: [],
    };
  }

  start(reference: string): void {
    const container = this.demand(reference);
    if (container.status === "running") return;
    const all = [...this.containers.values()];
    const addresses = this.networks.attach(container, all);
    const { ports, next } = bindPorts(container, all, this.#nextPort);
    this.#nextPort = next;
    const started = this.change(container, {
      status: "running",
      startedAt: this.#now(),
      finishedAt: null,
      exitCode: null,
      ports,
      addresses,
      pid: 1,
      health: "Healthcheck" in container.spec.body ? "starting" : null,
    });
    this.emit("start", started);
  }

  end(reference: string, exitCode: number, oomKilled: boolean): void {
    const container = this.demand(reference);
    if (container.status !== "running") return;
    const ended = {
      status: "exited",
      exitCode,
      oomKilled,
      finishedAt: this.#now(),
      pid: null,
      ports: [],
      addresses: [],
    } as const;
    this.emit("die", this.change(container, ended), exitCode);
  }

  remove(reference: string): void {
    const container = this.find(reference);
    if (!container) return;
    this.end(container.id, SIGKILLED, false);
    this.containers.delete(container.id);
    this.emit("destroy", container);
  }

  emit(action: EventAction, container: FakeContainer, exitCode: number | null = null): void {
    this.#sequence += 1;
    const { id: containerId, labels } = container;
    const timeNano = String(this.#sequence);
    const event: ContainerEvent = { action, containerId, labels, exitCode, timeNano, at: this.#now() };
    this.#log.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  breakEvents(): void {
    for (const listener of this.#listeners) listener(null);
  }

  async *follow({ labels, since, signal }: EventOptions): AsyncIterable<ContainerEvent> {
    const waiting: (ContainerEvent | null)[] = since
      ? this.#log.filter((event) => Number(event.timeNano) >= Number(since))
      : [];
    let wake: () => void = () => undefined;
    const listener = (event: ContainerEvent | null) => {
      waiting.push(event);
      wake();
    };
    const abort = () => wake();
    this.#listeners.add(listener);
    signal.addEventListener("abort", abort);
    try {
      while (!signal.aborted) {
        const event = waiting.shift();
        if (event === null) throw new RuntimeError("Unavailable", "the engine closed the event stream");
        if (event && matches(event.labels, labels)) yield event;
        if (event !== undefined || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener("abort", abort);
    }
  }
}

export const matches = (labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean =>
  wanted.every((label) => {
    const [key = "", ...value] = label.split("=");
    return value.length === 0 ? key in labels : labels[key] === value.join("=");
  });

const newContainer = (id: string, spec: ContainerSpec, createdAt: number): FakeContainer => ({
  id,
  name: spec.name,
  labels: spec.body.Labels ?? {},
  imageId: spec.body.Image,
  status: "created",
  exitCode: null,
  oomKilled: false,
  error: null,
  createdAt,
  startedAt: null,
  finishedAt: null,
  health: null,
  ports: [],
  pid: null,
  cgroupParent: "",
  addresses: [],
  spec,
});

function bindPorts(container: FakeContainer, all: readonly FakeContainer[], firstFree: number) {
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
      if (taken) {
        throw new RuntimeError("PortInUse", `Bind for 0.0.0.0:${hostPort} failed: port is already allocated`);
      }
      const kind = protocol === "udp" ? "udp" : "tcp";
      return { containerPort: Number(port), protocol: kind, bindIp: "0.0.0.0", hostPort };
    });
  });
  return { ports, next };
}
