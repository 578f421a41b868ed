/** Keeps a session open for as long as the agent runs: reconnects at once or after a pause, as the protocol says. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@roadstead/service-kit/log";
import type { WebSocket } from "ws";
import { createBackOff } from "../control/back-off.ts";
import { type Envelope, RefusedError, readEnvelope } from "./envelope.ts";

export interface SessionTimings {
  /** Without a message for this long the session is dead. */
  readonly silenceMs: number;
  readonly silenceJitterMs: number;
  /** A session this old is replaced. */
  readonly ageMs: number;
  readonly ageJitterMs: number;
  /** Between two sessions, however the last one ended. */
  readonly floorMs: number;
  readonly backOff: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
  /** After `InactiveInstanceException`. */
  readonly inactiveMs: number;
}

export const SESSION_TIMINGS: SessionTimings = {
  silenceMs: 60_000,
  silenceJitterMs: 60_000,
  ageMs: 30 * 60_000,
  ageJitterMs: 5 * 60_000,
  floorMs: 100,
  // AWS's agent waits for up to two minutes; tasks would wait as long after an outage.
  backOff: { minMs: 250, maxMs: 10_000, factor: 1.5 },
  inactiveMs: 60 * 60_000,
};

export interface SessionLoopOptions {
  readonly name: string;
  readonly timings: SessionTimings;
  readonly log: Logger;
  readonly connect: (signal: AbortSignal) => Promise<WebSocket>;
  readonly opened?: (send: Send) => void;
  readonly received: (envelope: Envelope, send: Send) => Promise<void> | void;
  readonly closed?: () => void;
}

export type Send = (text: string) => void;

export interface SessionLoop {
  readonly isConnected: () => boolean;
  stop(): Promise<void>;
}

/** A session that lasted this long was a good one. */
const GOOD_SESSION_MS = 60_000;
const CLEAN_CODES: readonly number[] = [1000, 1001, 1006, 1011];
/** Clean closes in a row that came at once; from then on they count as failures. */
const QUICK_CLOSES_MAX = 3;

export function startSessionLoop(options: SessionLoopOptions): SessionLoop {
  const ending = new AbortController();
  let connected = false;
  const running = keepSession(options, ending.signal, (value) => {
    connected = value;
  });
  return {
    isConnected: () => connected,
    async stop() {
      ending.abort();
      await running;
    },
  };
}

async function keepSession(
  options: SessionLoopOptions,
  signal: AbortSignal,
  setConnected: (value: boolean) => void,
): Promise<void> {
  const { timings, log, name } = options;
  const pauses = createPauses(timings);
  while (!signal.aborted) {
    const openedAt = Date.now();
    let pauseMs: number;
    try {
      const socket = await options.connect(signal);
      setConnected(true);
      const code = await oneSession(options, socket, signal);
      pauseMs = pauses.afterClose(code, Date.now() - openedAt);
      if (!signal.aborted) log.info({ op: `${name}.closed`, code, pauseMs }, "session closed");
    } catch (error) {
      pauseMs = pauses.afterFailure(error);
      if (!signal.aborted) log.warn({ op: `${name}.connect`, err: error, pauseMs }, "no session");
    }
    setConnected(false);
    options.closed?.();
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A clean close is followed at once, unless it happens over and over; all else backs off. */
function createPauses(timings: SessionTimings) {
  const backOff = createBackOff(timings.backOff);
  let quickCloses = 0;
  return {
    afterClose(code: number, lastedMs: number): number {
      if (lastedMs >= GOOD_SESSION_MS) {
        backOff.reset();
        quickCloses = 0;
      } else quickCloses += 1;
      const isClean = CLEAN_CODES.includes(code) && quickCloses <= QUICK_CLOSES_MAX;
      return isClean ? timings.floorMs : backOff.next();
    },
    afterFailure(error: unknown): number {
      const isInactive = error instanceof RefusedError && error.type === "InactiveInstanceException";
      return isInactive ? timings.inactiveMs : backOff.next();
    },
  };
}

/** The close code. Messages are taken one after the other. */
function oneSession(options: SessionLoopOptions, socket: WebSocket, signal: AbortSignal): Promise<number> {
  const { timings } = options;
  const send: Send = (text) => {
    if (socket.readyState === socket.OPEN) socket.send(text);
  };
  return new Promise((resolve) => {
    const silence = setTimeout(
      () => socket.terminate(),
      timings.silenceMs + Math.random() * timings.silenceJitterMs,
    );
    const age = setTimeout(
      () => socket.close(1000, "ConnectionExpired: Reconnect to continue"),
      timings.ageMs + Math.random() * timings.ageJitterMs,
    );
    const end = () => socket.close(1001);
    const giveUp = () => setTimeout(() => socket.terminate(), timings.floorMs).unref();
    signal.addEventListener("abort", end, { once: true });
    signal.addEventListener("abort", giveUp, { once: true });
    let taking: Promise<void> = Promise.resolve();
    socket.on("message", (data) => {
      const envelope = readEnvelope(data);
      if (!envelope) return;
      silence.refresh();
      taking = taking
        .then(() => options.received(envelope, send))
        .catch((error: unknown) => {
          options.log.error(
            { op: `${options.name}.take`, type: envelope.type, err: error },
            "could not take a message",
          );
        });
    });
    socket.on("error", () => socket.terminate());
    socket.once("close", (code) => {
      clearTimeout(silence);
      clearTimeout(age);
      signal.removeEventListener("abort", end);
      signal.removeEventListener("abort", giveUp);
      void taking.then(() => resolve(code));
    });
    options.opened?.(send);
    socket.resume();
  });
}
