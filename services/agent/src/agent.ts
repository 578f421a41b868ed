/** The running agent, from registration to its sockets; `start` makes one once the container engine answers. */
import { randomUUID } from "node:crypto";
import { parseArn } from "@roadstead/model/arn";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import type { Logger } from "@roadstead/service-kit/log";
import { type SequenceKeeper, startAcs } from "./acs/acs-client.ts";
import { SESSION_TIMINGS, type SessionTimings } from "./acs/session-loop.ts";
import type { AgentConfig } from "./config.ts";
import { createEcsClient, ECR, type EcsClientOptions } from "./control/ecs-client.ts";
import { machineAddress } from "./control/machine-address.ts";
import { createEndpoints, type RegisterOptions, register } from "./control/register.ts";
import { createReporter } from "./control/reporter.ts";
import type { TaskEndpoint } from "./credentials/task-endpoint.ts";
import { createTaskRoles, type TaskRoles } from "./credentials/task-roles.ts";
import type { NameBook } from "./dns/name-book.ts";
import { createSlots, type Slots } from "./engine/slots.ts";
import type { StepDeps } from "./engine/steps.ts";
import { openTaskCgroups, type TaskCgroups } from "./engine/task-cgroups.ts";
import { openTaskEngine } from "./engine/task-engine.ts";
import { createImageStore, type ImageStore } from "./images/image-store.ts";
import { createRegistryLogins } from "./images/registry-login.ts";
import { readBootId } from "./logs/boot-id.ts";
import { createLogClient } from "./logs/log-client.ts";
import { openTaskLogs, type TaskLogs } from "./logs/task-logs.ts";
import type { Filter } from "./network/filter.ts";
import { openGroupEnforcement } from "./network/group-enforcement.ts";
import { createTaskNetworks, type TaskNetworks } from "./network/task-networks.ts";
import type { SecretStore } from "./secrets/secret-store.ts";
import { type AgentState, openStateStore, type StateStore } from "./state-store.ts";
import { startTcs } from "./tcs/tcs-client.ts";

export interface AgentTimings {
  readonly session?: Partial<SessionTimings>;
  readonly retry?: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
  readonly healthEveryMs?: number;
  readonly relookEveryMs?: number;
}

export interface AgentDeps {
  readonly config: AgentConfig;
  readonly log: Logger;
  readonly runtime: ContainerRuntime;
  /** Where tasks find the credentials of their roles; without one, none runs here that has a role. */
  readonly endpoint?: TaskEndpoint;
  /** Where names are kept that containers ask for, and whom they ask; without them they ask whom the engine says. */
  readonly dns?: { readonly names: NameBook; readonly nameservers: readonly string[] } | null;
  /** By which security groups hold; without one, no task here has a network interface of its own. */
  readonly filter?: Filter | null;
  readonly timings?: AgentTimings;
}

export interface Agent {
  readonly isConnected: () => boolean;
  /** Leaves the containers running. */
  stop(): Promise<void>;
}

const HEALTH_EVERY_MS = 1_000;

export async function runAgent(deps: AgentDeps, signal: AbortSignal): Promise<Agent> {
  const { config, log, runtime, timings = {} } = deps;
  const retry = retryOf(deps);
  const accessKey = accessKeyOf(config);
  const api = { url: config.ROADSTEAD_API_URL, region: config.AWS_REGION, credentials: accessKey };
  const client = createEcsClient(api);
  const store = await openStateStore(config.ROADSTEAD_AGENT_DATA_DIR);
  const info = await runtime.info();
  const cgroups = await openTaskCgroups({
    root: config.ROADSTEAD_AGENT_CGROUP_ROOT,
    version: info.cgroupVersion,
    driver: info.cgroupDriver,
  });
  const address = await machineAddress(config.ROADSTEAD_API_URL);
  const state = await register(registration(deps, { client, store, info, cgroups, address }), signal);
  const instanceArn = state.containerInstanceArn;
  const reporter = createReporter({ client, log, ...retry });
  const roles = createTaskRoles(runtime, api, deps.endpoint);
  const logs = await logsFor(deps, api, roles);
  const images = imagesFor(deps, { api, instanceArn, roles });
  const launches = createSlots(config.ROADSTEAD_AGENT_LAUNCHES);
  const networks = await networksFor(deps, { store, instanceArn, launches, ...info });
  const engine = await openTaskEngine({
    steps: stepDeps(deps, instanceArn, {
      ...{ cgroups, images, logs, launches, networks },
      secrets: roles.secrets,
    }),
    store,
    log,
    stopTimeoutSeconds: Math.ceil(config.ROADSTEAD_AGENT_STOP_TIMEOUT_MS / 1_000),
    cleanupAfterMs: config.ROADSTEAD_AGENT_CLEANUP_AFTER_MS,
    changed: reporter.changed,
    forgotten: roles.forget,
    ...(timings.relookEveryMs ? { relookEveryMs: timings.relookEveryMs } : {}),
  });
  roles.answerFor(engine);
  const endpoints = createEndpoints(client, config.ROADSTEAD_CLUSTER, instanceArn);
  const socket = {
    engine,
    log,
    cluster: config.ROADSTEAD_CLUSTER,
    instanceArn,
    engineVersion: info.engineVersion,
    region: config.AWS_REGION,
    accessKey,
    timings: { ...SESSION_TIMINGS, ...timings.session },
  };
  const acs = startAcs({
    ...socket,
    registryAddress: registryAddressOf(config),
    reporter,
    credentials: roles.credentials,
    newMetadataId: deps.endpoint?.isServed ? randomUUID : null,
    groups: networks?.groups ?? null,
    names: deps.dns?.names ?? null,
    sequence: keepSequence(store, state),
    endpoint: endpoints.acs,
  });
  const tcs = startTcs({
    ...socket,
    runtime,
    endpoint: endpoints.tcs,
    metricsEveryMs: config.ROADSTEAD_AGENT_METRICS_INTERVAL_MS,
    healthEveryMs: timings.healthEveryMs ?? HEALTH_EVERY_MS,
  });
  return {
    isConnected: acs.isConnected,
    async stop() {
      await Promise.all([acs.stop(), tcs.stop()]);
      await engine.close();
      await networks?.groups.close();
      await logs.close();
      await reporter.close();
    },
  };
}

const retryOf = ({ timings }: AgentDeps) => (timings?.retry ? { retry: timings.retry } : {});

const registration = (
  deps: AgentDeps,
  more: Pick<RegisterOptions, "client" | "store" | "info" | "address"> & {
    readonly cgroups: TaskCgroups | null;
  },
): RegisterOptions => ({
  ...more,
  log: deps.log,
  cluster: deps.config.ROADSTEAD_CLUSTER,
  size: sizeOf(deps.config),
  hasTaskLimits: more.cgroups !== null,
  hasTaskRoles: deps.endpoint?.isServed ?? false,
  hasTaskNetworks: Boolean(deps.filter),
  ...retryOf(deps),
});

const accessKeyOf = (config: AgentConfig) => ({
  accessKeyId: config.AWS_ACCESS_KEY_ID,
  secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
  ...(config.AWS_SESSION_TOKEN ? { sessionToken: config.AWS_SESSION_TOKEN } : {}),
});

const registryAddressOf = ({ ROADSTEAD_AGENT_REGISTRY_LISTEN: { host, port } }: AgentConfig) =>
  `${host}:${port}`;

const sizeOf = (config: AgentConfig) => ({
  cpuUnits: config.ROADSTEAD_AGENT_CPU ?? null,
  memoryMiB: config.ROADSTEAD_AGENT_MEMORY_MIB ?? null,
  reservedMemoryMiB: config.ROADSTEAD_AGENT_RESERVED_MEMORY_MIB,
});

const imagesFor = (
  { config, runtime, timings }: AgentDeps,
  more: { readonly api: EcsClientOptions; readonly instanceArn: string; readonly roles: TaskRoles },
) =>
  createImageStore({
    runtime,
    pullBehavior: config.ROADSTEAD_AGENT_PULL_BEHAVIOR,
    accountId: parseArn(more.instanceArn)?.accountId ?? "",
    logins: createRegistryLogins(createEcsClient({ ...more.api, api: ECR })),
    loginsOfTask: more.roles.loginsOfTask,
    pulls: createSlots(config.ROADSTEAD_AGENT_PULLS),
    ...(timings?.retry ? { retry: timings.retry } : {}),
  });

const logsFor = async (
  { config, runtime, log, timings }: AgentDeps,
  api: EcsClientOptions,
  { credentials }: TaskRoles,
) =>
  openTaskLogs({
    runtime,
    dataDir: config.ROADSTEAD_AGENT_DATA_DIR,
    region: config.AWS_REGION,
    clientFor: (caller) => createLogClient(api, (arn) => credentials.of(arn, "TaskExecution"), caller),
    bootId: await readBootId(),
    spoolMaxBytes: config.ROADSTEAD_AGENT_LOG_SPOOL_MIB * 1_024 * 1_024,
    log,
    ...(timings?.retry ? { retry: timings.retry } : {}),
  });

const stepDeps = (
  { config, runtime, dns }: AgentDeps,
  instanceArn: string,
  more: {
    readonly cgroups: TaskCgroups | null;
    readonly images: ImageStore;
    readonly logs: TaskLogs;
    readonly secrets: SecretStore;
    readonly launches: Slots;
    readonly networks: TaskNetworks | null;
  },
): StepDeps => ({
  runtime,
  instanceArn,
  region: config.AWS_REGION,
  nofile: nofileOf(config),
  nameservers: dns?.nameservers ?? [],
  ...more,
});

const nofileOf = (config: AgentConfig) => ({
  soft: config.ROADSTEAD_AGENT_NOFILE_SOFT,
  hard: config.ROADSTEAD_AGENT_NOFILE_HARD,
});

async function networksFor(
  { config, runtime, log, filter, dns }: AgentDeps,
  more: {
    readonly store: StateStore;
    readonly instanceArn: string;
    readonly launches: Slots;
    readonly architecture: string;
  },
): Promise<TaskNetworks | null> {
  if (!filter) return null;
  const { loadGroups: load, saveGroups: save } = more.store;
  const agent = config.ROADSTEAD_AGENT_DATA_DIR;
  const groups = await openGroupEnforcement({ filter, log, agent, load, save });
  const nameservers = dns?.nameservers ?? [];
  return createTaskNetworks({
    runtime,
    groups,
    nameservers,
    nofile: nofileOf(config),
    routes: filter.routes,
    ...more,
  });
}

/** One write at a time; numbers that came meanwhile share the next. */
function keepSequence(store: StateStore, initial: AgentState): SequenceKeeper {
  let state = initial;
  let saved = initial.sequence;
  let saving: Promise<void> = Promise.resolve();
  return {
    latest: () => state.sequence,
    raise(to) {
      if (to > state.sequence) state = { ...state, sequence: to };
      const raised = saving.then(async () => {
        if (to <= saved) return;
        const { sequence } = state;
        await store.saveAgent(state);
        saved = sequence;
      });
      saving = raised.catch(() => undefined);
      return raised;
    },
  };
}
