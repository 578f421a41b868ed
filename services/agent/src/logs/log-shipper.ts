/** Sends one container's spool to the log store for as long as there is something, whatever the store does; `task-logs` makes one each. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@roadstead/service-kit/log";
import { createBackOff } from "../control/back-off.ts";
import type { EcsClient } from "../control/ecs-client.ts";
import type { Frame, LogSpool } from "./log-spool.ts";
import { createStream, isMissing, isRefusal, type LogDestination, sendFrame } from "./log-store.ts";

export interface ShipperDeps {
  readonly client: EcsClient;
  readonly destination: LogDestination;
  readonly spool: LogSpool;
  /** Names the batches of this container. */
  readonly writer: string;
  readonly log: Logger;
  readonly retry: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
  readonly signal: AbortSignal;
  /** Something was sent, or given up. */
  readonly sent: () => void;
  /** Resolves when the store has next taken something of any container. */
  readonly storeAnswers: () => Promise<void>;
  /** Whether what the store refuses is to be given up, since nobody waits for it any more. */
  readonly isLeaving: () => boolean;
}

export interface LogShipper {
  /** There is something to send. */
  wake(): void;
  /** Once the signal has fired. */
  readonly done: Promise<void>;
}

export function startShipper(deps: ShipperDeps): LogShipper {
  const { spool, signal } = deps;
  let waking = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => waking.resolve(), { once: true });
  const run = async () => {
    while (!signal.aborted) {
      await waking.promise;
      waking = Promise.withResolvers();
      while (!signal.aborted && !spool.isEmpty) await shipNext(deps);
    }
  };
  return { wake: () => waking.resolve(), done: run() };
}

async function shipNext(deps: ShipperDeps): Promise<void> {
  const frame = await deps.spool.next();
  if (!frame) return;
  const backOff = createBackOff(deps.retry);
  for (;;) {
    const outcome = await trySend(deps, frame);
    if (deps.signal.aborted) return;
    if (outcome === "settled") break;
    await pause(deps, backOff.next(), outcome);
  }
  await deps.spool.sent(frame.number);
  deps.sent();
}

/**
 * Once a store that was away has answered any container, all go on, so that none falls far behind the others; the shortest
 * pause is kept.
 */
async function pause(
  { retry, signal, storeAnswers }: ShipperDeps,
  ms: number,
  after: Outcome,
): Promise<void> {
  const shortestMs = Math.min(ms, retry.minMs);
  const ending = new AbortController();
  if (after === "unanswered") void storeAnswers().then(() => ending.abort());
  const wait = (forMs: number, until: AbortSignal) =>
    delay(forMs, undefined, { signal: until }).catch(() => undefined);
  await wait(shortestMs, signal);
  await wait(ms - shortestMs, AbortSignal.any([signal, ending.signal]));
}

/** Settled is sent, or given up. */
type Outcome = "settled" | "refused" | "unanswered";

async function trySend(deps: ShipperDeps, frame: Frame): Promise<Outcome> {
  const { client, destination, signal, log } = deps;
  const ids = { logGroup: destination.group, logStream: destination.stream, lines: frame.lines.length };
  try {
    await sendFrame(client, destination, frame, deps);
    return "settled";
  } catch (error) {
    if (signal.aborted) return "unanswered";
    if (isMissing(error) && (await tryCreate(deps))) return "refused";
    if (isHopeless(error) || (isRefusal(error) && deps.isLeaving())) {
      log.error({ op: "logs.giveUp", ...ids, err: error }, "log lines were refused");
      return "settled";
    }
    log.warn({ op: "logs.send", ...ids, err: error }, "could not send log lines yet");
    return isRefusal(error) ? "refused" : "unanswered";
  }
}

/** Sending the same again would be refused again, and hold up everything behind it. */
const isHopeless = (error: unknown) => isRefusal(error) && OF_CONTENT.includes(error.code);
const OF_CONTENT = ["InvalidParameterException", "SerializationException", "ValidationException"];

async function tryCreate({ client, destination, signal, log }: ShipperDeps): Promise<boolean> {
  try {
    await createStream(client, destination, signal);
    return true;
  } catch (error) {
    log.debug({ op: "logs.createStream", logGroup: destination.group, err: error }, "no stream yet");
    return false;
  }
}
