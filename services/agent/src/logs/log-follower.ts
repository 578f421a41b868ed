/** Follows one container's output at the engine into its spool, over restarts of either; `task-logs` makes one each. */
import { setTimeout as delay } from "node:timers/promises";
import { isRuntimeError } from "@roadstead/runtime/errors";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import type { Logger } from "@roadstead/service-kit/log";
import { createBackOff } from "../control/back-off.ts";
import { createLineBuffer, type LineBuffer } from "../decide/log-lines.ts";
import type { LogSpool } from "./log-spool.ts";

export interface FollowerDeps {
  readonly runtime: ContainerRuntime;
  readonly runtimeId: string;
  readonly spool: LogSpool;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Something was spooled. */
  readonly spooled: () => void;
  /** Waits while the spool is full; the engine keeps the rest meanwhile. */
  readonly room: () => Promise<void>;
  readonly retry: { readonly minMs: number; readonly maxMs: number; readonly factor: number };
}

export interface LogFollower {
  /** The container was started again. */
  again(): void;
  /** Resolves when everything up to the container's present end is spooled. */
  ended(): Promise<void>;
  /** The engine has no such container any more. */
  readonly isGone: boolean;
  /** Once the container is gone or the signal has fired. */
  readonly done: Promise<void>;
}

/** Lines are sent this long after the first of them at most. */
const CUT_AFTER_MS = 200;
/** A line that does not end is sent as it is after so many cuts. */
const CUTS_UNFINISHED_MAX = 5;

export function startFollower(deps: FollowerDeps): LogFollower {
  const { signal } = deps;
  let isGone = false;
  let end = Promise.withResolvers<void>();
  let restart = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => restart.resolve(), { once: true });
  const run = async () => {
    while (!signal.aborted && !isGone) {
      isGone = (await followToEnd(deps)) === "gone";
      end.resolve();
      if (!isGone) await restart.promise;
      restart = Promise.withResolvers();
    }
    end.resolve();
  };
  return {
    again() {
      end = Promise.withResolvers();
      restart.resolve();
    },
    ended: () => end.promise,
    get isGone() {
      return isGone;
    },
    done: run(),
  };
}

async function followToEnd(deps: FollowerDeps): Promise<"stopped" | "gone"> {
  const { runtimeId, signal, log } = deps;
  const backOff = createBackOff(deps.retry);
  while (!signal.aborted) {
    try {
      await followOnce(deps, backOff.reset);
      const state = await stateOf(deps);
      if (state !== "running") return state;
    } catch (error) {
      if (isRuntimeError(error, "NotFound")) return "gone";
      if (!signal.aborted) log.warn({ op: "logs.follow", runtimeId, err: error }, "following broke off");
    }
    await delay(backOff.next(), undefined, { signal }).catch(() => undefined);
  }
  return "stopped";
}

async function stateOf({
  runtime,
  runtimeId,
  signal,
}: FollowerDeps): Promise<"running" | "stopped" | "gone"> {
  if (signal.aborted) return "stopped";
  const inspection = await runtime.inspect(runtimeId);
  if (!inspection) return "gone";
  return inspection.status === "running" || inspection.status === "restarting" ? "running" : "stopped";
}

/** Whatever was not spooled before it breaks off is read again. */
async function followOnce(deps: FollowerDeps, began: () => void): Promise<void> {
  const { runtime, runtimeId, spool } = deps;
  const breaking = new AbortController();
  const signal = AbortSignal.any([deps.signal, breaking.signal]);
  const cutter = createCutter(deps, createLineBuffer(spool.position), (error) => breaking.abort(error));
  try {
    for await (const entries of runtime.logs(runtimeId, { sinceMs: spool.position.sinceMs, signal })) {
      began();
      await cutter.take(entries);
    }
    if (breaking.signal.aborted) throw breaking.signal.reason;
    await cutter.finish();
  } finally {
    cutter.stop();
  }
}

type Entries = Parameters<LineBuffer["take"]>[0];

/** Spools what is in the buffer when it is full or a moment old; one writing at a time. */
function createCutter(deps: FollowerDeps, buffer: LineBuffer, failed: (error: unknown) => void) {
  const { spool, room, spooled } = deps;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let unfinishedCuts = 0;
  const write = async (all: boolean) => {
    const cut = buffer.cut(all);
    unfinishedCuts = cut ? 0 : unfinishedCuts + 1;
    if (!cut) return;
    await room();
    await spool.append(cut.lines, cut.position);
    spooled();
  };
  const enqueue = (all: boolean) => {
    writing = writing.then(() => write(all));
    return writing;
  };
  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      enqueue(unfinishedCuts >= CUTS_UNFINISHED_MAX)
        .then(() => buffer.isEmpty || schedule())
        .catch(failed);
    }, CUT_AFTER_MS);
  };
  return {
    async take(entries: Entries) {
      buffer.take(entries);
      if (buffer.isFull) await enqueue(false);
      if (!buffer.isEmpty) schedule();
    },
    // When the agent ends, an unfinished line is left to the next one.
    finish: () => enqueue(!deps.signal.aborted),
    stop() {
      clearTimeout(timer);
      timer = undefined;
      // Its failure, if any, was told.
      writing.catch(() => undefined);
    },
  };
}
