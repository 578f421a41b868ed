/** What every ACS session of a process needs from time to time: heartbeats, a sweep below the bells, a sign of life. */
import {
  closeSession,
  keepSessionsAlive,
  type Session,
  silentSessions,
  undeliveredInstances,
} from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import type { AcsSession } from "./acs-session.ts";
import { CLOSE } from "./agent-socket.ts";
import type { DefinitionCache } from "./load-delivery.ts";
import { deregisteredOf } from "./load-instance.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { createNamesTeller } from "./names.ts";
import { createRenewal } from "./renew-credentials.ts";
import type { SecurityGroups } from "./security-groups.ts";
import type { RoleMint } from "./task-roles.ts";

const TEND_MS = 1_000;
/** What no bell reached goes out within a second. */
const SWEEP_MS = 500;
/** How soon a change of a security group, or of who is in it, is sent. */
const SECURITY_LOOK_MS = 500;
/** How soon a name of a new load balancer is told. */
const NAMES_LOOK_MS = 500;
/** How often it is looked whose credentials are to be renewed. */
const RENEWAL_LOOK_MS = 60_000;
/** Signs of life that may go missing before a gateway counts as dead. */
const SIGNS_OF_LIFE = 5;

export interface AcsLoopOptions {
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly gatewayId: string;
  readonly silenceMs: number;
  readonly deadAfterMs: number;
  /** By instance. */
  readonly live: ReadonlyMap<string, AcsSession>;
  readonly deliverTo: (session: AcsSession) => void;
  readonly definitions: DefinitionCache;
  readonly roles: RoleMint;
  readonly security: SecurityGroups;
}

export function startAcsLoops(options: AcsLoopOptions): readonly Loop[] {
  const { log } = options;
  const reaper = createReaper(options);
  const names = createNamesTeller();
  return [
    startLoop({ name: "acs.tend", everyMs: TEND_MS, log, run: async () => tendSockets(options) }),
    startLoop({ name: "acs.sweep", everyMs: SWEEP_MS, log, run: () => sweepUndelivered(options) }),
    startLoop({
      name: "acs.security",
      everyMs: SECURITY_LOOK_MS,
      log,
      run: async () => {
        if (options.live.size > 0) await options.security.sweep(options.db, options.live);
      },
    }),
    startLoop({
      name: "acs.names",
      everyMs: NAMES_LOOK_MS,
      log,
      run: async () => {
        if (options.live.size > 0) await names.sweep(options.db, options.live);
      },
    }),
    startLoop({
      name: "acs.credentials",
      everyMs: Math.min(RENEWAL_LOOK_MS, options.roles.lifeMs / 8),
      log,
      run: createRenewal(options),
    }),
    startLoop({ name: "acs.alive", everyMs: options.deadAfterMs / SIGNS_OF_LIFE, log, run: reaper }),
  ];
}

/** Touches no database: sockets are tended while it is away. */
function tendSockets({ live, silenceMs, metrics }: AcsLoopOptions): void {
  const now = performance.now();
  for (const session of live.values()) {
    session.heartbeat(now);
    metrics.resends.inc(session.expireInFlight(now));
    if (session.silentFor(now) > silenceMs) {
      session.socket.close(CLOSE.silent, "no acknowledgement for too long");
    }
  }
}

async function sweepUndelivered({ db, gatewayId, live, deliverTo }: AcsLoopOptions): Promise<void> {
  if (live.size === 0) return;
  for (const instanceId of await undeliveredInstances(db, gatewayId)) {
    const session = live.get(instanceId);
    if (session) deliverTo(session);
  }
}

/**
 * Says that this gateway lives, and closes the sessions of those that no longer say so. After an outage of the
 * database every gateway looks dead: it reaps only once it has been heard for as long as it lets others be silent.
 */
function createReaper(options: AcsLoopOptions): () => Promise<void> {
  let heardSince: number | null = null;
  return async () => {
    try {
      await keepAlive(options);
      heardSince ??= performance.now();
    } catch (error) {
      heardSince = null;
      throw error;
    }
    if (performance.now() - heardSince >= options.deadAfterMs) await reapSilent(options);
  };
}

async function keepAlive({ db, gatewayId, live }: AcsLoopOptions): Promise<void> {
  const mine: readonly Session[] = [...live.values()].map(({ id }) => id);
  const asked = new Map(mine.map(({ instanceId, epoch }) => [instanceId, epoch]));
  for (const instanceId of await keepSessionsAlive(db, gatewayId, mine)) {
    const session = live.get(instanceId);
    // A socket that came while the question was under way is not what it was about.
    if (session?.id.epoch !== asked.get(instanceId)) continue;
    session?.socket.close(CLOSE.replaced, "replaced by a newer connection");
  }
  for (const instanceId of await deregisteredOf(db, [...live.keys()])) {
    live.get(instanceId)?.socket.close(CLOSE.deregistered, "container instance was deregistered");
  }
}

async function reapSilent({ db, log, deadAfterMs }: AcsLoopOptions): Promise<void> {
  for (const session of await silentSessions(db, deadAfterMs)) {
    const closed = await db.write((tx) => closeSession(tx, session));
    if (closed) log.warn({ op: "acs.reaped", ...session }, "closed the session of a silent gateway");
  }
}
