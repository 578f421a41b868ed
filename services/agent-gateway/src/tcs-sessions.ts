/** Every TCS socket of this process: takes in metrics and health, acknowledges, sends heartbeats. `start` makes one. */
import { recordMetrics, type Session } from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import type { WebSocket } from "ws";
import type { Admitted } from "./admit.ts";
import { type AgentSocket, CLOSE, wrapSocket } from "./agent-socket.ts";
import { readTelemetry, type Telemetry } from "./decide/read-telemetry.ts";
import { readEnvelope, withoutHeaders } from "./frames.ts";
import { currentEpoch, deregisteredOf } from "./load-instance.ts";
import type { GatewayMetrics } from "./metrics.ts";

const HEARTBEAT_MS = 30_000;
/** Instances that were deregistered lose this socket as they lose the other. */
const DEREGISTERED_MS = 2_000;

export interface TcsSessionsOptions {
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
}

export interface TcsSessions {
  accept(socket: WebSocket, admitted: Admitted): void;
  close(): Promise<void>;
}

interface TcsSession {
  readonly instanceId: string;
  readonly socket: AgentSocket;
  /** Answered the last ping. */
  alive: boolean;
}

const ACKNOWLEDGEMENTS = {
  metrics: "AckPublishMetric",
  health: "AckPublishHealth",
  instanceStatus: "AckPublishInstanceStatus",
} as const;

export function openTcsSessions(options: TcsSessionsOptions): TcsSessions {
  const { db, log, metrics } = options;
  const live = new Set<TcsSession>();

  const take = async (session: TcsSession, source: Promise<Session>, text: string): Promise<boolean> => {
    session.alive = true;
    const envelope = readEnvelope(withoutHeaders(text));
    const telemetry = envelope && readTelemetry(envelope);
    if (!telemetry) return false;
    if (telemetry.kind === "unknown") return true;
    metrics.telemetry.inc({ message: telemetry.kind });
    await store(db, await source, telemetry);
    session.socket.send(ACKNOWLEDGEMENTS[telemetry.kind], { message: "ok" });
    return true;
  };

  const heartbeats: Loop = startLoop({
    name: "tcs.heartbeat",
    everyMs: HEARTBEAT_MS,
    jitter: 0,
    log,
    run: async () => {
      for (const session of live) {
        if (!session.alive) session.socket.close(CLOSE.silent, "no answer to a ping");
        session.alive = false;
        session.socket.ping();
        session.socket.send("HeartbeatMessage", { healthy: true });
      }
    },
  });
  const closeDeregistered: Loop = startLoop({
    name: "tcs.deregistered",
    everyMs: DEREGISTERED_MS,
    log,
    run: async () => {
      if (live.size === 0) return;
      const gone = new Set(
        await deregisteredOf(
          db,
          [...live].map(({ instanceId }) => instanceId),
        ),
      );
      for (const { instanceId, socket } of live) {
        if (gone.has(instanceId)) socket.close(CLOSE.deregistered, "container instance was deregistered");
      }
    },
  });
  return {
    accept(websocket, { instance }) {
      const source = currentEpoch(db, instance.id).then((epoch) => ({ instanceId: instance.id, epoch }));
      source.catch(() => undefined); // every message that needs it meets the failure
      const onFailure = (error: unknown) => {
        log.warn({ op: "tcs.message", instanceId: instance.id, err: error }, "telemetry not stored");
        session.socket.close(CLOSE.tryLater, "try again later");
      };
      const socket = wrapSocket(
        websocket,
        {
          onText: (text) => take(session, source, text),
          onFailure,
          onRejected: () => metrics.rejectedFrames.inc({ kind: "tcs" }),
          onPong: () => {
            session.alive = true;
          },
        },
        log,
      );
      const session: TcsSession = { instanceId: instance.id, socket, alive: true };
      live.add(session);
      metrics.sessions.set({ kind: "tcs" }, live.size);
      void socket.closed.then(() => {
        live.delete(session);
        metrics.sessions.set({ kind: "tcs" }, live.size);
      });
    },
    async close() {
      await Promise.all([heartbeats.stop(), closeDeregistered.stop()]);
      const sessions = [...live];
      for (const { socket } of sessions) socket.close(CLOSE.restart, "the gateway restarts");
      await Promise.all(sessions.map(({ socket }) => socket.closed));
    },
  };
}

async function store(db: Db, source: Session, telemetry: Telemetry): Promise<void> {
  if (telemetry.kind === "metrics" && telemetry.containers.length > 0) {
    await recordMetrics(db, source, new Date(), telemetry.containers);
  }
  if (telemetry.kind === "health" && telemetry.tasks.length > 0) {
    const changes = telemetry.tasks.map((task) => ({ ...task, reportedBy: source.instanceId }));
    await db.write((tx) => transitionTasks(tx, changes));
  }
}
