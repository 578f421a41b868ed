/** Wires the agent: engine, state, registration, sockets. It starts at once and is ready when registered and connected. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { openDockerRuntime } from "@roadstead/runtime/docker/docker-runtime";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import type { Logger } from "@roadstead/service-kit/log";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import { type Agent, type AgentTimings, runAgent } from "./agent.ts";
import type { AgentConfig } from "./config.ts";
import { createBackOff } from "./control/back-off.ts";
import { trustOnly } from "./control/trust.ts";
import { DNS_PORT, LINK_LOCAL } from "./credentials/link-local.ts";
import { openTaskEndpoint } from "./credentials/task-endpoint.ts";
import { hostNameservers, reachableNameservers } from "./dns/host-nameservers.ts";
import { type NameBook, openNameBook } from "./dns/name-book.ts";
import { openResolver } from "./dns/resolver.ts";
import { openFilter } from "./network/filter.ts";
import { type Forwarder, isAtRegistry, openRegistryForwarder } from "./registry-forwarder.ts";

export interface AgentOverrides {
  readonly openRuntime?: () => Promise<ContainerRuntime>;
  readonly timings?: AgentTimings;
}

const ENGINE_RETRY = { minMs: 250, maxMs: 10_000, factor: 2 };

export async function start(
  { config, log, readiness }: Pick<Kit<AgentConfig>, "config" | "log" | "readiness">,
  overrides: AgentOverrides = {},
): Promise<Running> {
  await trustOnly(config.ROADSTEAD_CA_FILE);
  const ending = new AbortController();
  const forwarder = forwardRegistry(config, log);
  const place = {
    folder: config.ROADSTEAD_AGENTS_DIR,
    name: createHash("sha256").update(config.ROADSTEAD_AGENT_DATA_DIR).digest("hex").slice(0, 16),
    log,
  };
  const names = isRoot() ? await openNameBook({ ...place, dataDir: config.ROADSTEAD_AGENT_DATA_DIR }) : null;
  const endpoint = await openTaskEndpoint({ ...place, openResolver: () => resolverFor(names, log) });
  const dns = names && endpoint.isServed ? { names, nameservers: await nameserversOfTasks() } : null;
  const filter = await openFilter(log);
  const openRuntime =
    overrides.openRuntime ?? (() => openDockerRuntime({ socketPath: config.ROADSTEAD_DOCKER_SOCKET }));
  let agent: Agent | undefined;
  readiness.add("registered", async () => {
    if (!agent) throw new Error("not registered yet");
  });
  readiness.add("connected", async () => {
    if (!agent?.isConnected()) throw new Error("not connected to the control plane");
  });
  const starting = (async () => {
    const backOff = createBackOff(ENGINE_RETRY);
    while (!ending.signal.aborted) {
      try {
        agent = await runAgent(
          {
            config,
            log,
            runtime: await openRuntime(),
            endpoint,
            dns,
            filter,
            ...(overrides.timings ? { timings: overrides.timings } : {}),
          },
          ending.signal,
        );
        return;
      } catch (error) {
        if (ending.signal.aborted) return;
        log.warn({ op: "agent.start", err: error }, "could not start yet; trying again");
        await delay(backOff.next(), undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    async stop() {
      ending.abort();
      await starting;
      await agent?.stop();
      await endpoint.stop();
      await names?.stop();
      await forwarder?.stop();
    },
  };
}

const isRoot = () => process.getuid?.() === 0;

/** Resolvers of the C library ask three at most. */
const NAMESERVERS_MAX = 3;

/** This agent, and those of the machine in case that it is away. */
const nameserversOfTasks = async (): Promise<readonly string[]> =>
  [LINK_LOCAL, ...(await reachableNameservers())].slice(0, NAMESERVERS_MAX);

const resolverFor = (names: NameBook | null, log: Logger) =>
  openResolver({
    address: LINK_LOCAL,
    port: DNS_PORT,
    names: () => names?.names() ?? new Map(),
    upstreams: async () => (await hostNameservers()).map((address) => ({ address })),
    log,
  });

/** Null where the registry itself is at that address. */
function forwardRegistry(config: AgentConfig, log: Logger): Forwarder | null {
  const listen = config.ROADSTEAD_AGENT_REGISTRY_LISTEN;
  const registryUrl = new URL(config.ROADSTEAD_REGISTRY_URL);
  if (isAtRegistry(listen, registryUrl)) return null;
  return openRegistryForwarder({ listen, registryUrl, log });
}
