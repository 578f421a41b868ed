/** What the gateway's service tests share: gateways over one database, a world to place tasks in, and an agent. */
import { randomBytes } from "node:crypto";
import { signV4 } from "@roadstead/aws-protocol/sign-v4";
import { bootstrapAccount, FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { bindAgent, createAgentKey } from "@roadstead/db/agents";
import { claimOverdueBells, failBell, overdueBellLag } from "@roadstead/db/bells";
import { createCluster, findCluster } from "@roadstead/db/clusters";
import { type Db, openDb } from "@roadstead/db/connect";
import { insertContainerInstance } from "@roadstead/db/container-instances";
import { type NewLaunchRequest, openLaunchRequest } from "@roadstead/db/launch-requests";
import { commitPlacement, loadPlacement } from "@roadstead/db/place-tasks";
import { findScope } from "@roadstead/db/scopes";
import { createSecretBox } from "@roadstead/db/secrets";
import { insertTaskDefinition } from "@roadstead/db/task-definitions";
import { tasksOfLaunch } from "@roadstead/db/tasks";
import { containerInstanceArn } from "@roadstead/model/arn";
import { createQueue, type Queue } from "@roadstead/queue/queue";
import { createLogger } from "@roadstead/service-kit/log";
import { createMetrics } from "@roadstead/service-kit/metrics";
import { createReadiness } from "@roadstead/service-kit/readiness";
import { createShutdown } from "@roadstead/service-kit/shutdown";
import type { PostgresFixture } from "@roadstead/testing/postgres";
import type { RedisFixture } from "@roadstead/testing/redis";
import { afterEach, beforeEach, expect } from "vitest";
import WebSocket from "ws";
import { configSchema } from "./config.ts";
import { type RunningGateway, start } from "./start.ts";

const REGION = "eu-test-1";
/** How long a test waits for what must happen. */
export const WAIT = { timeout: 10_000, interval: 10 };

export interface Frame {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what came over the wire
  readonly message: any;
}

export type World = Awaited<ReturnType<typeof aWorld>>;

export function useGateways(postgres: PostgresFixture, redis: RedisFixture) {
  const log = createLogger({ service: "test", level: "silent" });
  const masterKeys = [{ id: "a", key: randomBytes(32) }];
  const running: RunningGateway[] = [];
  const agents: WebSocket[] = [];
  let queue: Queue;
  let db: Db;
  beforeEach(() => {
    db = openDb({ url: postgres.url(), max: 8, onCommittedBells: (bells) => void queue.ring(bells) });
    queue = createQueue({
      redisUrl: redis.url(),
      prefix: redis.prefix(),
      log,
      metrics: createMetrics("test"),
      bellStore: {
        claimOverdueBells: (kinds, options) => claimOverdueBells(db, kinds, options),
        failBell: (kind, key, error) => failBell(db, kind, key, error),
        overdueBellLag: () => overdueBellLag(db),
      },
    });
  });
  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.terminate();
    await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
    await queue.close();
    await db.close();
  });
  return {
    db: () => db,
    async open(env: Record<string, string> = {}): Promise<RunningGateway> {
      const gateway = await start({
        db,
        queue,
        masterKeys,
        log,
        metrics: createMetrics("test"),
        readiness: createReadiness(),
        shutdown: createShutdown(log),
        config: configSchema.parse({ ROADSTEAD_GATEWAY_PORT: "0", ...env }),
      });
      running.push(gateway);
      return gateway;
    },
    world: () => aWorld(db, createSecretBox(masterKeys, "access-keys")),
    /** Connects as the world's agent; `change` makes it someone else. */
    agent(gateway: RunningGateway, world: World, change: Partial<AgentOptions> = {}) {
      const agent = anAgent({
        port: gateway.port,
        kind: "acs",
        arn: world.instanceArn,
        key: world.key,
        ...change,
      });
      agents.push(agent.socket);
      return agent;
    },
  };
}

interface AgentOptions {
  readonly port: number;
  readonly kind: "acs" | "tcs";
  readonly arn: string;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

function anAgent({ port, kind, arn, key }: AgentOptions) {
  const query = new URLSearchParams({
    agentHash: "a8b3e7d3",
    agentVersion: "1.105.1",
    containerInstanceArn: arn,
    dockerVersion: "DockerVersion: 20.10.24",
    protocolVersion: "2",
    sendCredentials: "true",
    seqNum: "1",
  });
  const url = `http://127.0.0.1:${port}/${kind}/ws?${query}`;
  const headers = signV4({
    method: "GET",
    url,
    region: REGION,
    service: "ecs",
    credentials: key,
    now: new Date(),
  });
  const socket = new WebSocket(url.replace("http:", "ws:"), { headers });
  const frames: Frame[] = [];
  const state: { refusal?: { status: number; body: unknown }; closeCode?: number } = {};
  socket.on("message", (data) => frames.push(JSON.parse(String(data)) as Frame));
  socket.on("close", (code) => {
    state.closeCode = code;
  });
  socket.on("error", () => undefined);
  socket.on("unexpected-response", (_, response) => {
    let body = "";
    response.on("data", (chunk) => {
      body += String(chunk);
    });
    response.on("end", () => {
      state.refusal = { status: response.statusCode ?? 0, body: JSON.parse(body) };
      socket.terminate();
    });
  });
  const of = (type: string) => frames.filter((frame) => frame.type === type);
  return {
    socket,
    frames,
    state,
    of,
    say: (type: string, message: object) => socket.send(JSON.stringify({ type, message })),
    async first(type: string): Promise<Frame["message"]> {
      await expect.poll(() => of(type).length, WAIT).toBeGreaterThan(0);
      return of(type)[0]?.message;
    },
    ack: (frame: Frame) =>
      socket.send(JSON.stringify({ type: "AckRequest", message: { messageId: frame.message.messageId } })),
  };
}

/** An account with a cluster, a task definition and one machine with its agent's key. */
async function aWorld(db: Db, box: ReturnType<typeof createSecretBox>) {
  const administrator = await bootstrapAccount(db, box, {
    accountId: FIRST_ACCOUNT_ID,
    name: "first",
    regions: [REGION],
  });
  const place = { accountId: FIRST_ACCOUNT_ID, region: REGION };
  const scope = await findScope(db, place);
  if (!scope) throw new Error("no scope");
  const key = await createAgentKey(db, box, { scope, clusterName: "default" });
  const [agent] = await db.query<{ id: string }>("SELECT id FROM agents");
  const made = await db.write(async (tx) => {
    const cluster =
      (await findCluster(tx, scope.id, "default")) ??
      (await createCluster(tx, {
        scopeId: scope.id,
        name: "default",
        details: {
          settings: [],
          configuration: null,
          serviceConnectDefaults: null,
          capacityProviders: [],
          defaultCapacityProviderStrategy: [],
        },
        tags: [],
      }));
    const definition = await insertTaskDefinition(tx, {
      scopeId: scope.id,
      family: "web",
      definition: {
        family: "web",
        volumes: [],
        placementConstraints: [],
        networkMode: "bridge",
        containerDefinitions: [
          {
            name: "app",
            image: "busybox",
            essential: true,
            cpu: 8,
            memory: 32,
            portMappings: [],
            environment: [{ name: "MODE", value: "prod" }],
            mountPoints: [],
            volumesFrom: [],
            systemControls: [],
            healthCheck: { command: ["CMD", "true"], interval: 5, timeout: 2, retries: 1 },
          },
        ],
      },
      compatibilities: ["EC2"],
      requiresAttributes: [],
      tags: [],
      registeredBy: "arn:aws:iam::000000000000:root",
    });
    const instance = await insertContainerInstance(tx, {
      scopeId: scope.id,
      clusterId: cluster.id,
      agentId: agent?.id ?? null,
      clientToken: null,
      ec2InstanceId: null,
      versionInfo: {},
      attributes: [],
      tags: [],
      resources: [],
      capacity: { cpu: 4096, memoryMiB: 8192, gpuIds: [], reservedPorts: [] },
    });
    if (agent) await bindAgent(tx, agent.id, instance.id);
    return { cluster, definition, instance };
  });
  const instanceArn = containerInstanceArn(place, "default", made.instance.id);
  return {
    ...made,
    key,
    administrator,
    instanceArn,
    /** Places `count` tasks on the machine; answers their ids. */
    async placeTasks(count: number): Promise<readonly string[]> {
      const launch = aLaunch({
        scopeId: scope.id,
        clusterId: made.cluster.id,
        definitionId: made.definition.id,
        count,
      });
      const { request } = await db.write((tx) => openLaunchRequest(tx, launch));
      const snapshot = await db.read((tx) => loadPlacement(tx, made.cluster.id));
      const placements = snapshot.tasks.map((task) => ({ taskId: task.id, instanceId: made.instance.id }));
      await db.write((tx) => commitPlacement(tx, made.cluster.id, snapshot, { placements, failures: [] }));
      return (await tasksOfLaunch(db, request.id)).map(({ id }) => id);
    },
  };
}

const aLaunch = (of: {
  readonly scopeId: number;
  readonly clusterId: string;
  readonly definitionId: string;
  readonly count: number;
}): NewLaunchRequest => ({
  scopeId: of.scopeId,
  clusterId: of.clusterId,
  clientToken: null,
  requestHash: "hash",
  deadlineMs: 60_000,
  parameters: { constraints: [], strategy: [] },
  instanceIds: null,
  count: of.count,
  task: {
    taskDefinitionId: of.definitionId,
    family: "web",
    launchType: "EC2",
    group: "family:web",
    startedBy: null,
    demand: { cpu: 8, memoryMiB: 32, ports: [], gpus: 0 },
    cpu: null,
    memory: null,
    overrides: {},
    containers: [
      {
        id: "c0ffee",
        name: "app",
        image: "busybox",
        essential: true,
        cpu: 8,
        memoryMiB: 32,
        memoryReservationMiB: null,
        hasHealthCheck: true,
      },
    ],
    tags: [],
    enableExecuteCommand: false,
  },
});
