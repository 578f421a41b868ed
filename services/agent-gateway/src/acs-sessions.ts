/** Every ACS session of this process: opens, greets, replaces and ends them. `start` makes one. */
import { closeSession, openSession } from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import type { Logger } from "@roadstead/service-kit/log";
import type { WebSocket } from "ws";
import type { AckBatches } from "./ack-batches.ts";
import { startAcsLoops } from "./acs-loops.ts";
import { takeAcsMessage } from "./acs-messages.ts";
import { type AcsSession, createAcsSession } from "./acs-session.ts";
import type { Admitted } from "./admit.ts";
import { type AgentSocket, CLOSE, wrapSocket } from "./agent-socket.ts";
import type { ImageNames } from "./decide/agent-image.ts";
import { deliver, sendManifest } from "./deliver.ts";
import { readEnvelope } from "./frames.ts";
import type { DefinitionCache } from "./load-delivery.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { createPendingWork, type PendingWork } from "./pending-work.ts";
import { createSecurityGroups } from "./security-groups.ts";
import type { RoleMint } from "./task-roles.ts";

export interface AcsSessionsOptions {
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly acks: AckBatches;
  readonly definitions: DefinitionCache;
  readonly gatewayId: string;
  readonly heartbeatMs: number;
  readonly silenceMs: number;
  readonly deadAfterMs: number;
  readonly resendMs: number;
  readonly imageNames: ImageNames;
  readonly roles: RoleMint;
}

export interface AcsSessions {
  accept(socket: WebSocket, admitted: Admitted): void;
  /** Delivers to the instance if its socket is here. */
  deliver(instanceId: string): Promise<void>;
  /** Closes every socket and its session. */
  close(): Promise<void>;
}

interface Sessions extends AcsSessionsOptions {
  /** By instance: the newest socket of each. */
  readonly live: Map<string, AcsSession>;
  /** All that are open, also those that are not sessions yet or no more. */
  readonly sockets: Set<AgentSocket>;
  readonly work: PendingWork;
  closing: boolean;
}

export function openAcsSessions(options: AcsSessionsOptions): AcsSessions {
  const sessions: Sessions = {
    ...options,
    live: new Map(),
    sockets: new Set(),
    work: createPendingWork(options.log),
    closing: false,
  };
  const { live, work } = sessions;
  const security = createSecurityGroups();
  const deps = { ...options, security };
  const deliverTo = (session: AcsSession) => session.inOrderOnce(() => deliver(deps, session));
  const loops = startAcsLoops({
    ...deps,
    live,
    deliverTo: (session) => work.start("acs.deliver", deliverTo(session)),
  });
  const welcome = async (session: AcsSession) => {
    try {
      await session.inOrder(() => options.db.read((tx) => security.tell(tx, session)));
      await deliverTo(session);
      await session.inOrder(() => sendManifest(deps, session));
    } catch (error) {
      // Without its manifest an agent keeps what nobody wants: it is to come again.
      session.socket.close(CLOSE.tryLater, "try again later");
      throw error;
    }
  };
  return {
    accept(websocket, admitted) {
      const opened = acceptSocket(sessions, websocket, admitted);
      work.start(
        "acs.welcome",
        opened.then((session) => session && welcome(session)).then(() => undefined),
      );
    },
    async deliver(instanceId) {
      const session = live.get(instanceId);
      if (session) await deliverTo(session);
    },
    async close() {
      sessions.closing = true;
      await Promise.all(loops.map((loop) => loop.stop()));
      const sockets = [...sessions.sockets];
      for (const socket of sockets) socket.close(CLOSE.restart, "the gateway restarts");
      await Promise.all(sockets.map((socket) => socket.closed));
      await work.idle();
      await options.acks.flush();
    },
  };
}

/** Listens from the first moment; what is said before the session is open waits for it. */
function acceptSocket(
  sessions: Sessions,
  websocket: WebSocket,
  admitted: Admitted,
): Promise<AcsSession | null> {
  const { log, metrics, live, sockets } = sessions;
  const onText = async (text: string) => {
    const session = await opened;
    // A socket that was replaced has no say any more.
    if (!session || live.get(session.instance.id) !== session) return true;
    session.heard(performance.now());
    const envelope = readEnvelope(text);
    return envelope !== null && takeAcsMessage(sessions, session, envelope);
  };
  const socket = wrapSocket(
    websocket,
    {
      onText,
      onFailure: (error) => log.warn({ op: "acs.message", err: error }, "message not answered"),
      onRejected: () => metrics.rejectedFrames.inc({ kind: "acs" }),
    },
    log,
  );
  sockets.add(socket);
  void socket.closed.then(() => sockets.delete(socket));
  const opened = openOn(sessions, socket, admitted).catch((error: unknown) => {
    log.warn({ op: "acs.open", instanceId: admitted.instance.id, err: error }, "session not opened");
    socket.close(CLOSE.tryLater, "try again later");
    return null;
  });
  return opened;
}

/** Null when a newer socket, or the end of the process, came first. */
async function openOn(
  sessions: Sessions,
  socket: AgentSocket,
  { instance, versionInfo }: Admitted,
): Promise<AcsSession | null> {
  const { db, gatewayId, heartbeatMs, resendMs, live, log, work } = sessions;
  const id = await db.write((tx) => openSession(tx, { instanceId: instance.id, gatewayId, versionInfo }));
  const session = createAcsSession({
    id,
    instance,
    socket,
    heartbeatMs,
    resendMs,
    now: performance.now(),
    phase: Math.random(),
  });
  void socket.closed.then(() => work.start("acs.close", endSession(sessions, session)));
  const other = live.get(instance.id);
  if (other && other.id.epoch > id.epoch) {
    socket.close(CLOSE.replaced, "replaced by a newer connection");
    return null;
  }
  if (sessions.closing) {
    socket.close(CLOSE.restart, "the gateway restarts");
    return null;
  }
  live.set(instance.id, session);
  other?.socket.close(CLOSE.replaced, "replaced by a newer connection");
  countSessions(sessions);
  log.info({ op: "acs.opened", instanceId: instance.id, epoch: id.epoch, ...versionInfo });
  return session;
}

/** What the agent acknowledged before it went still counts. */
async function endSession(sessions: Sessions, session: AcsSession): Promise<void> {
  const { acks, db, live, log } = sessions;
  const { instanceId, epoch } = session.id;
  if (live.get(instanceId) === session) live.delete(instanceId);
  countSessions(sessions);
  await acks.flush();
  const wasNewest = await db.write((tx) => closeSession(tx, session.id));
  log.info({ op: "acs.closed", instanceId, epoch, wasNewest });
}

const countSessions = ({ metrics, live }: Sessions) => metrics.sessions.set({ kind: "acs" }, live.size);
