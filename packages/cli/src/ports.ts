/** Settles which port each private server and operations endpoint uses; `up` and `account create` call this under the lock. */
import { Failure } from "./failure.ts";
import { freePort, isFree } from "./install/free-port.ts";
import type { Settings } from "./settings.ts";
import { desiredProcesses, runningProcesses } from "./supervisor/control.ts";

/** Offset of each process from the base; agents of other accounts come after these. */
const OPS_OFFSETS: Readonly<Record<string, number>> = {
  edge: 0,
  api: 0,
  control: 1,
  scheduler: 1,
  "agent-gateway": 2,
  agent: 3,
  registry: 4,
  "load-balancer": 5,
  autoscaler: 6,
  "event-bus": 7,
  "fargate-provisioner": 8,
};
const OTHER_AGENTS_OFFSET = 10;

/** A running process keeps its port; one that is to start gets its usual port, or the next that is free. */
export async function assignOpsPorts(
  settings: Settings,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const running = runningProcesses(settings.dataDir);
  const before = new Map(desiredProcesses(settings.dataDir).map((p) => [p.name, p.opsPort]));
  const assigned = new Map<string, number>();
  for (const name of names) {
    const port = before.get(name);
    if (port && running.has(name)) assigned.set(name, port);
  }
  const reserved = new Set([...before.values()].filter((port) => port !== null));
  for (const name of names) {
    if (assigned.has(name)) continue;
    const own = before.get(name);
    const usual = settings.opsPortBase + (OPS_OFFSETS[name] ?? OTHER_AGENTS_OFFSET);
    const avoided = new Set([...reserved, ...assigned.values()].filter((port) => port !== own));
    assigned.set(name, await freePort(own ?? usual, avoided));
  }
  return assigned;
}

/** A private server that runs keeps its port; otherwise the remembered or usual one, or the next that is free. */
export async function assignStorePort(
  settings: Settings,
  name: "postgres" | "redis" | "minio",
  options: {
    readonly remembered: number | null;
    readonly usual: number;
    readonly avoid: readonly number[];
  },
): Promise<number> {
  if (options.remembered !== null && runningProcesses(settings.dataDir).has(name)) return options.remembered;
  return freePort(options.remembered ?? options.usual, new Set(options.avoid));
}

/** Users know these ports, so another program on one of them is an error and not a reason to move. */
export async function requirePublicPorts(settings: Settings): Promise<void> {
  const running = runningProcesses(settings.dataDir);
  const ports = [
    {
      port: settings.apiPort,
      variable: "ROADSTEAD_API_PORT",
      held: running.has("edge") || running.has("api"),
    },
    {
      port: settings.gatewayPort,
      variable: "ROADSTEAD_GATEWAY_PORT",
      held: running.has("edge") || running.has("agent-gateway"),
    },
    {
      port: settings.registryPort,
      variable: "ROADSTEAD_REGISTRY_PORT",
      held: running.has("registry"),
    },
  ];
  const all = [
    ...ports.map((one) => ({ ...one, host: settings.listenHost })),
    ...tlsPorts(settings, running),
  ];
  for (const { port, variable, held, host } of all) {
    if (held || (await isFree(port, host))) continue;
    throw new Failure(
      `port ${port} is in use by another program`,
      `stop it, or choose another: ${variable}=${port + 1000} ./roadstead up`,
    );
  }
}

/** Held by a process that was already told to open it. */
function tlsPorts(settings: Settings, running: ReadonlyMap<string, unknown>) {
  const host = settings.tlsListenHost;
  if (host === null) return [];
  const told = desiredProcesses(settings.dataDir).filter(({ name }) => running.has(name));
  const ports = {
    ROADSTEAD_TLS_API_PORT: settings.tlsApiPort,
    ROADSTEAD_TLS_GATEWAY_PORT: settings.tlsGatewayPort,
  };
  return Object.entries(ports).map(([variable, port]) => ({
    port,
    variable,
    host,
    held: told.some(({ env }) => env[variable] === String(port)),
  }));
}
