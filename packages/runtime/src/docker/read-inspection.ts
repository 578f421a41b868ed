/** Reads the engine's documents into our types, trusting none of their members to be there; the Docker runtime calls it. */
import {
  type ContainerEvent,
  type ContainerInspection,
  type ContainerListing,
  ENGINE_STATUSES,
  type EngineStatus,
  EVENT_ACTIONS,
  type EventAction,
  type HealthStatus,
  type NetworkListing,
  type PortBinding,
} from "../runtime.ts";

type Document = Readonly<Record<string, unknown>>;

const record = (value: unknown): Document =>
  typeof value === "object" && value !== null ? (value as Document) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const labelsOf = (value: unknown) => record(value) as Readonly<Record<string, string>>;

export function readInspection(document: unknown): ContainerInspection {
  const container = record(document);
  const state = record(container.State);
  const status = statusOf(state.Status);
  const startedAt = timeOf(state.StartedAt);
  return {
    id: text(container.Id),
    name: text(container.Name).replace(/^\//, ""),
    labels: labelsOf(record(container.Config).Labels),
    imageId: text(container.Image),
    status,
    exitCode:
      startedAt !== null && typeof state.ExitCode === "number" && status !== "running"
        ? state.ExitCode
        : null,
    oomKilled: state.OOMKilled === true,
    error: text(state.Error) || null,
    createdAt: timeOf(container.Created) ?? 0,
    startedAt,
    finishedAt: timeOf(state.FinishedAt),
    health: healthOf(record(state.Health).Status),
    ports: portsOf(record(container.NetworkSettings).Ports),
    pid: typeof state.Pid === "number" && state.Pid > 0 ? state.Pid : null,
    cgroupParent: text(record(container.HostConfig).CgroupParent),
    addresses: addressesOf(record(container.NetworkSettings).Networks),
  };
}

export function readListing(document: unknown): ContainerListing {
  const container = record(document);
  const names = Array.isArray(container.Names) ? container.Names.map(text) : [];
  // A container that others link to has further names such as `/other/alias`.
  const name = names.find((candidate) => candidate.lastIndexOf("/") === 0) ?? names[0] ?? "";
  return {
    id: text(container.Id),
    name: name.replace(/^\//, ""),
    labels: labelsOf(container.Labels),
    status: statusOf(container.State),
  };
}

export function readNetwork(document: unknown): NetworkListing {
  const network = record(document);
  const { Config } = record(network.IPAM);
  return {
    name: text(network.Name),
    subnets: (Array.isArray(Config) ? Config : [])
      .map((one) => text(record(one).Subnet))
      .filter((subnet) => subnet !== ""),
    labels: labelsOf(network.Labels),
  };
}

/** Null for what nobody asked about, such as the start of an exec. */
export function readEvent(document: unknown): ContainerEvent | null {
  const event = record(document);
  const action = text(event.Action).split(":")[0] ?? "";
  const known = action === "health_status" ? "health" : action;
  if (!(EVENT_ACTIONS as readonly string[]).includes(known)) return null;
  const actor = record(event.Actor);
  const { exitCode, ...labels } = labelsOf(actor.Attributes);
  return {
    action: known as EventAction,
    containerId: text(actor.ID),
    labels,
    exitCode: exitCode === undefined ? null : Number(exitCode),
    timeNano: String(event.timeNano ?? ""),
    at: Number(event.time ?? 0) * 1_000,
  };
}

const addressesOf = (networks: unknown): readonly string[] =>
  Object.values(record(networks))
    .map(record)
    .flatMap(({ IPAddress, GlobalIPv6Address }) => [text(IPAddress), text(GlobalIPv6Address)])
    .filter((address) => address !== "");

const statusOf = (value: unknown): EngineStatus =>
  ENGINE_STATUSES.find((status) => status === value) ?? "created";

function healthOf(value: unknown): HealthStatus | null {
  return value === "starting" || value === "healthy" || value === "unhealthy" ? value : null;
}

/** The engine writes year 1 for "never". */
function timeOf(value: unknown): number | null {
  const at = Date.parse(text(value));
  return Number.isNaN(at) || at <= 0 ? null : at;
}

function portsOf(value: unknown): readonly PortBinding[] {
  return Object.entries(record(value)).flatMap(([key, bindings]) => {
    const [port, protocol] = key.split("/");
    if (!Array.isArray(bindings)) return [];
    return bindings.map(record).map(
      (binding): PortBinding => ({
        containerPort: Number(port),
        protocol: protocol === "udp" ? "udp" : "tcp",
        bindIp: text(binding.HostIp) || "0.0.0.0",
        hostPort: Number(binding.HostPort),
      }),
    );
  });
}
