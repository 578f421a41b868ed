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
import { currentEpoch } from "./load-instance.ts";
import type { GatewayMetrics } from "./metrics.ts";

const HEARTBEAT_MS = 30_000;
const BAD_FRAMES_MAX = 20;
/** Messages of one agent that may wait for the database; agents send a page every 20 s. */
const BACKLOG_MAX = 100;

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
  readonly socket: AgentSocket;
  /** Answered the last ping. */
  alive: boolean;
  tail: Promise<void>;
  backlog: number;
  badFrames: number;
}

const ACKNOWLEDGEMENTS = {
  metrics: "AckPublishMetric",
  health: "AckPublishHealth",
  instanceStatus: "AckPublishInstanceStatus",
} as const;

export function openTcsSessions(options: TcsSessionsOptions): TcsSessions {
  const { db, log, metrics } = options;
  const live = new Set<TcsSession>();

  const take = async (session: TcsSession, source: Promise<Session>, text: string) => {
    const envelope = readEnvelope(withoutHeaders(text));
    const telemetry = envelope && readTelemetry(envelope);
    if (!telemetry) return rejectFrame(session);
    if (telemetry.kind === "unknown") return;
    metrics.telemetry.inc({ message: telemetry.kind });
    await store(db, await source, telemetry);
    session.socket.send(ACKNOWLEDGEMENTS[telemetry.kind], { message: "ok" });
  };
  const rejectFrame = (session: TcsSession) => {
    metrics.rejectedFrames.inc({ kind: "tcs" });
    session.badFrames += 1;
    session.socket.send("BadRequestException", { message: "The message could not be read." });
    if (session.badFrames >= BAD_FRAMES_MAX)
      session.socket.close(CLOSE.badFrames, "too many unreadable messages");
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
  return {
    accept(websocket, { instance }) {
      const source = currentEpoch(db, instance.id).then((epoch) => ({ instanceId: instance.id, epoch }));
      source.catch(() => undefined); // every message that needs it meets the failure
      const onText = (text: string) => {
        session.alive = true;
        if (session.backlog >= BACKLOG_MAX)
          return session.socket.close(CLOSE.slow, "too many messages at once");
        session.backlog += 1;
        session.tail = session.tail
          .then(() => take(session, source, text))
          .catch((error: unknown) => {
            log.warn({ op: "tcs.message", instanceId: instance.id, err: error }, "telemetry not stored");
            session.socket.close(CLOSE.tryLater, "try again later");
          })
          .finally(() => {
            session.backlog -= 1;
          });
      };
      const onPong = () => {
        session.alive = true;
      };
      const socket = wrapSocket(websocket, { onText, onBinary: () => rejectFrame(session), onPong }, log);
      const session: TcsSession = { socket, alive: true, tail: Promise.resolve(), backlog: 0, badFrames: 0 };
      live.add(session);
      metrics.sessions.set({ kind: "tcs" }, live.size);
      void socket.closed.then(() => {
        live.delete(session);
        metrics.sessions.set({ kind: "tcs" }, live.size);
      });
    },
    async close() {
      await heartbeats.stop();
      const sessions = [...live];
      for (const { socket } of sessions) socket.close(CLOSE.restart, "the gateway restarts");
      await Promise.all(sessions.flatMap(({ socket, tail }) => [socket.closed, tail]));
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
