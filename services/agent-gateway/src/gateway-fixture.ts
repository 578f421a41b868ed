/** What the gateway's service tests share: gateways over one database, and agents that connect to them. */
import { randomBytes } from "node:crypto";
import { signV4 } from "@roadstead/aws-protocol/sign-v4";
import { claimOverdueBells, failBell, overdueBellLag } from "@roadstead/db/bells";
import { type Db, openDb } from "@roadstead/db/connect";
import { createSecretBox } from "@roadstead/db/secrets";
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
import { aWorld, REGION, type World } from "./world-fixture.ts";

/** How long a test waits for what must happen. */
export const WAIT = { timeout: 10_000, interval: 10 };

export interface Frame {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what came over the wire
  readonly message: any;
}

export function useGateways(postgres: PostgresFixture, redis: RedisFixture) {
  const log = createLogger({ service: "test", level: "silent" });
  const masterKeys = [{ id: "a", key: randomBytes(32) }];
  const secrets = createSecretBox(masterKeys, "access-keys");
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
    /** Seals access keys and sessions. */
    secrets,
    world: () => aWorld(db, secrets),
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
