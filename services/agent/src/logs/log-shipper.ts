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
  for (let isSettled = false; !isSettled; ) {
    isSettled = await trySend(deps, frame);
    if (deps.signal.aborted) return;
    if (!isSettled) await delay(backOff.next(), undefined, { signal: deps.signal }).catch(() => undefined);
  }
  await deps.spool.sent(frame.number);
  deps.sent();
}

/** Whether the frame is sent, or given up. */
async function trySend(deps: ShipperDeps, frame: Frame): Promise<boolean> {
  const { client, destination, signal, log } = deps;
  const ids = { logGroup: destination.group, logStream: destination.stream, lines: frame.lines.length };
  try {
    await sendFrame(client, destination, frame, deps);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    if (isMissing(error) && (await tryCreate(deps))) return false;
    if (isHopeless(error) || (isRefusal(error) && deps.isLeaving())) {
      log.error({ op: "logs.giveUp", ...ids, err: error }, "log lines were refused");
      return true;
    }
    log.warn({ op: "logs.send", ...ids, err: error }, "could not send log lines yet");
    return false;
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
