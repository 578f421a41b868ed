/** Registers this machine as a container instance, for as long as it takes, and finds the sockets; `start` calls it. */
import { setTimeout as delay } from "node:timers/promises";
import type { EngineInfo } from "@roadstead/runtime/runtime";
import { newUuid } from "@roadstead/service-kit/ids";
import type { Logger } from "@roadstead/service-kit/log";
import type { AgentState, StateStore } from "../state-store.ts";
import { AGENT_HASH, AGENT_VERSION } from "../version.ts";
import { createBackOff } from "./back-off.ts";
import { type Attribute, attributes, type InstanceSize, totalResources } from "./capabilities.ts";
import type { EcsClient } from "./ecs-client.ts";

export interface RegisterOptions {
  readonly client: EcsClient;
  readonly store: StateStore;
  readonly log: Logger;
  readonly cluster: string;
  readonly info: EngineInfo;
  readonly size: InstanceSize;
  readonly hasTaskLimits: boolean;
  /** Whether tasks can have the credentials of their roles here. */
  readonly hasTaskRoles: boolean;
  /** Whether tasks can have network interfaces here whose security groups hold. */
  readonly hasTaskNetworks: boolean;
  /** Where the control plane's network reaches this machine, if that is another one. */
  readonly address: string | null;
  readonly retry?: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
}

const RETRY = { minMs: 250, maxMs: 10_000, factor: 2 };

/** Every failure is retried: a control plane that refuses today may have been told of us tomorrow. */
export async function register(options: RegisterOptions, signal: AbortSignal): Promise<AgentState> {
  const { store, log } = options;
  const saved = await store.loadAgent();
  const known = saved?.cluster === options.cluster ? saved : null;
  const backOff = createBackOff(options.retry ?? RETRY);
  const clientToken = newUuid();
  while (true) {
    try {
      const containerInstanceArn = await registerOnce(options, known, { clientToken, signal });
      const isSame = known?.containerInstanceArn === containerInstanceArn;
      // Sequence numbers are counted per container instance.
      const state = {
        cluster: options.cluster,
        containerInstanceArn,
        sequence: isSame ? known.sequence : -1,
      };
      await store.saveAgent(state);
      log.info(
        { op: "agent.register", instanceArn: containerInstanceArn, cluster: options.cluster },
        "registered",
      );
      return state;
    } catch (error) {
      signal.throwIfAborted();
      const pauseMs = backOff.next();
      log.warn(
        { op: "agent.register", err: error, pauseMs: Math.round(pauseMs) },
        "could not register; trying again",
      );
      await delay(pauseMs, undefined, { signal });
    }
  }
}

async function registerOnce(
  { client, cluster, info, size, ...has }: RegisterOptions,
  known: AgentState | null,
  { clientToken, signal }: { readonly clientToken: string; readonly signal: AbortSignal },
): Promise<string> {
  const sent = attributes(info, {
    taskLimits: has.hasTaskLimits,
    taskRoles: has.hasTaskRoles,
    taskNetworks: has.hasTaskNetworks,
    address: has.address,
  });
  const input = {
    cluster,
    clientToken,
    ...(known ? { containerInstanceArn: known.containerInstanceArn } : {}),
    totalResources: totalResources(info, size),
    attributes: sent,
    versionInfo: {
      agentVersion: AGENT_VERSION,
      agentHash: AGENT_HASH,
      dockerVersion: `DockerVersion: ${info.engineVersion}`,
    },
  };
  const answer = (await client.call("RegisterContainerInstance", input, signal)) as {
    readonly containerInstance?: {
      readonly containerInstanceArn?: string;
      readonly attributes?: readonly Attribute[];
    };
  };
  const arn = answer.containerInstance?.containerInstanceArn;
  if (!arn) throw new Error("the control plane answered without a container instance");
  const returned = new Map(answer.containerInstance?.attributes?.map(({ name, value }) => [name, value]));
  const changed = sent.find(({ name, value }) => value !== undefined && returned.get(name) !== value);
  if (changed) throw new Error(`the control plane changed the attribute ${changed.name}`);
  return arn;
}

export interface Endpoints {
  readonly acs: () => Promise<string>;
  readonly tcs: () => Promise<string>;
}

const ENDPOINTS_VALID_MS = 5 * 60_000;

/** Asked again after a while; the last answer serves while the api is away. */
export function createEndpoints(client: EcsClient, cluster: string, containerInstance: string): Endpoints {
  let known:
    | { readonly endpoint: string; readonly telemetryEndpoint: string; readonly at: number }
    | undefined;
  const discover = async () => {
    if (known && Date.now() - known.at < ENDPOINTS_VALID_MS) return known;
    try {
      const answer = (await client.call("DiscoverPollEndpoint", {
        cluster,
        containerInstance,
        zoneId: "",
      })) as {
        readonly endpoint?: string;
        readonly telemetryEndpoint?: string;
      };
      const { endpoint, telemetryEndpoint } = answer;
      if (!endpoint || !telemetryEndpoint) throw new Error("the control plane named no endpoints");
      known = { endpoint, telemetryEndpoint, at: Date.now() };
    } catch (error) {
      if (!known) throw error;
    }
    return known;
  };
  return {
    acs: async () => (await discover()).endpoint,
    tcs: async () => (await discover()).telemetryEndpoint,
  };
}
