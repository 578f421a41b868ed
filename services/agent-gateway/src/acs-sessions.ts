/** Every ACS session of this process: opens, delivers, keeps alive, replaces, reaps. `start` makes one. */
import {
  closeSession,
  keepSessionsAlive,
  openSession,
  type Session,
  silentSessions,
  undeliveredInstances,
} from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import type { WebSocket } from "ws";
import type { AckBatches } from "./ack-batches.ts";
import { takeAcsMessage } from "./acs-messages.ts";
import { type AcsSession, createAcsSession } from "./acs-session.ts";
import type { Admitted } from "./admit.ts";
import { type AgentSocket, CLOSE, wrapSocket } from "./agent-socket.ts";
import { deliver, sendManifest } from "./deliver.ts";
import { readEnvelope } from "./frames.ts";
import type { DefinitionCache } from "./load-delivery.ts";
import { deregisteredOf } from "./load-instance.ts";
import type { GatewayMetrics } from "./metrics.ts";

const SWEEP_MS = 1_000;
const ALIVE_MS = 3_000;
/** A gateway that has not said for this long that its sockets live is dead. */
const DEAD_AFTER_MS = 15_000;
const BAD_FRAMES_MAX = 20;

export interface AcsSessionsOptions {
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly acks: AckBatches;
  readonly definitions: DefinitionCache;
  readonly gatewayId: string;
  readonly heartbeatMs: number;
  readonly silenceMs: number;
  readonly resendMs: number;
}

export interface AcsSessions {
  accept(socket: WebSocket, admitted: Admitted): void;
  /** Delivers to the instance if its socket is here. */
  deliver(instanceId: string): Promise<void>;
  /** Closes every socket and its session. */
  close(): Promise<void>;
}

export function openAcsSessions(options: AcsSessionsOptions): AcsSessions {
  const { db, log, metrics, acks, gatewayId } = options;
  const live = new Map<string, AcsSession>();
  const endings = new Set<Promise<void>>();
  let closing = false;
  let aliveSince: number | null = null;

  const deliverTo = (session: AcsSession) => session.inOrderOnce(() => deliver(options, session));
  const endSession = async (session: AcsSession) => {
    if (live.get(session.instance.id) === session) live.delete(session.instance.id);
    metrics.sessions.set({ kind: "acs" }, live.size);
    await acks.flush();
    const was = await db.write((tx) => closeSession(tx, session.id));
    log.info({ op: "acs.closed", instanceId: session.instance.id, epoch: session.id.epoch, replaced: !was });
  };
  const track = (work: Promise<void>, op: string) => {
    const tracked = work
      .catch((error: unknown) => log.warn({ op, err: error }, "session work failed"))
      .finally(() => endings.delete(tracked));
    endings.add(tracked);
  };
  const connect = async (socket: AgentSocket, admitted: Admitted): Promise<AcsSession | null> => {
    const { instance, versionInfo } = admitted;
    const id = await db.write((tx) => openSession(tx, { instanceId: instance.id, gatewayId, versionInfo }));
    const now = performance.now();
    const { heartbeatMs, resendMs } = options;
    const session = createAcsSession({
      id,
      instance,
      socket,
      heartbeatMs,
      resendMs,
      now,
      phase: Math.random(),
    });
    void socket.closed.then(() => track(endSession(session), "acs.close"));
    const older = live.get(instance.id);
    if (closing || (older && older.id.epoch > id.epoch)) {
      socket.close(CLOSE.replaced, "replaced by a newer connection");
      return null;
    }
    older?.socket.close(CLOSE.replaced, "replaced by a newer connection");
    live.set(instance.id, session);
    metrics.sessions.set({ kind: "acs" }, live.size);
    log.info({ op: "acs.opened", instanceId: instance.id, epoch: id.epoch, ...versionInfo });
    return session;
  };
  const welcome = async (session: AcsSession) => {
    await deliverTo(session);
    await session.inOrder(() => sendManifest(options, session));
  };

  const accept = (websocket: WebSocket, admitted: Admitted) => {
    let badFrames = 0;
    const rejectFrame = () => {
      metrics.rejectedFrames.inc({ kind: "acs" });
      badFrames += 1;
      socket.send("BadRequestException", { message: "The message could not be read." });
      if (badFrames >= BAD_FRAMES_MAX) socket.close(CLOSE.badFrames, "too many unreadable messages");
    };
    const opened: { session: Promise<AcsSession | null> } = { session: Promise.resolve(null) };
    const onText = async (text: string) => {
      const session = await opened.session;
      if (!session || live.get(session.instance.id) !== session) return;
      session.heard(performance.now());
      const envelope = readEnvelope(text);
      if (!envelope || !(await takeAcsMessage(options, session, envelope))) rejectFrame();
    };
    const socket = wrapSocket(
      websocket,
      { onText: (text) => track(onText(text), "acs.message"), onBinary: rejectFrame },
      log,
    );
    opened.session = connect(socket, admitted).catch((error: unknown) => {
      log.warn({ op: "acs.open", instanceId: admitted.instance.id, err: error }, "session not opened");
      socket.close(CLOSE.tryLater, "try again later");
      return null;
    });
    void opened.session.then((session) => session && track(welcome(session), "acs.welcome"));
  };

  const loops = startSessionLoops(options, {
    live,
    deliverTo: (session) => track(deliverTo(session), "acs.deliver"),
    aliveSince: (since) => {
      aliveSince = since === null ? null : (aliveSince ?? since);
      return aliveSince;
    },
  });
  return {
    accept,
    async deliver(instanceId) {
      const session = live.get(instanceId);
      if (session) await deliverTo(session);
    },
    async close() {
      closing = true;
      await Promise.all(loops.map((loop) => loop.stop()));
      const sockets = [...live.values()].map(({ socket }) => socket);
      for (const socket of sockets) socket.close(CLOSE.restart, "the gateway restarts");
      await Promise.all(sockets.map((socket) => socket.closed));
      while (endings.size > 0) await Promise.all(endings);
      await acks.flush();
    },
  };
}

interface LoopState {
  readonly live: ReadonlyMap<string, AcsSession>;
  readonly deliverTo: (session: AcsSession) => void;
  /** Since when keeping alive has gone well without a break; null breaks it. */
  readonly aliveSince: (since: number | null) => number | null;
}

function startSessionLoops(options: AcsSessionsOptions, state: LoopState): readonly Loop[] {
  const { log } = options;
  return [
    startLoop({
      name: "acs.heartbeat",
      everyMs: SWEEP_MS,
      log,
      run: async () => tendSockets(options, state),
    }),
    startLoop({ name: "acs.sweep", everyMs: SWEEP_MS, log, run: () => sweepUndelivered(options, state) }),
    startLoop({ name: "acs.alive", everyMs: ALIVE_MS, log, run: () => keepAlive(options, state) }),
  ];
}

/** Touches no database: sockets are tended while it is away. */
function tendSockets({ silenceMs, metrics }: AcsSessionsOptions, { live }: LoopState): void {
  const now = performance.now();
  for (const session of live.values()) {
    session.heartbeat(now);
    metrics.resends.inc(session.expireInFlight(now));
    if (session.silentFor(now) > silenceMs)
      session.socket.close(CLOSE.silent, "no acknowledgement for too long");
  }
}

/** The safety net below the bells. */
async function sweepUndelivered({ db, gatewayId }: AcsSessionsOptions, state: LoopState): Promise<void> {
  if (state.live.size === 0) return;
  for (const instanceId of await undeliveredInstances(db, gatewayId)) {
    const session = state.live.get(instanceId);
    if (session) state.deliverTo(session);
  }
}

async function keepAlive(options: AcsSessionsOptions, { live, aliveSince }: LoopState): Promise<void> {
  const { db, gatewayId, log } = options;
  const mine: readonly Session[] = [...live.values()].map(({ id }) => id);
  try {
    const replaced = await keepSessionsAlive(db, gatewayId, mine);
    for (const instanceId of replaced) {
      const session = live.get(instanceId);
      const asked = mine.some(({ epoch }) => epoch === session?.id.epoch);
      if (asked) session?.socket.close(CLOSE.replaced, "replaced by a newer connection");
    }
    for (const instanceId of await deregisteredOf(db, [...live.keys()])) {
      live.get(instanceId)?.socket.close(CLOSE.deregistered, "container instance was deregistered");
    }
  } catch (error) {
    aliveSince(null);
    throw error;
  }
  // After an outage of the database every gateway looks dead: each gets time to say that it is not.
  const since = aliveSince(performance.now()) ?? Number.POSITIVE_INFINITY;
  if (performance.now() - since < DEAD_AFTER_MS) return;
  for (const session of await silentSessions(db, DEAD_AFTER_MS)) {
    const closed = await db.write((tx) => closeSession(tx, session));
    if (closed) log.warn({ op: "acs.reaped", ...session }, "closed the session of a silent gateway");
  }
}
