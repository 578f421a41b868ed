/** Runs a handler for one bell, from a ring or from polling: one wide line, one measurement, failures put back. */
import { type BellKind, bellRoute } from "@roadstead/messages/bell-kind";
import { type Logger, wideEvent } from "@roadstead/service-kit/log";
import { currentTraceparent, newTraceparent, withTrace } from "@roadstead/service-kit/trace";
import type { BellMetrics } from "./bell-metrics.ts";
import type { BellStore } from "./bell-store.ts";

export interface HandlerContext {
  readonly log: Logger;
  /** Trace context of what rang, or of a trace begun by the poll. */
  readonly traceparent: string;
}

export type BellHandler = (message: unknown, context: HandlerContext) => Promise<void>;

export interface BellRun {
  readonly kind: BellKind;
  readonly key: string;
  readonly source: "ring" | "poll";
  readonly traceparent?: string | undefined;
}

export interface RunBellDeps {
  readonly handlers: ReadonlyMap<string, BellHandler>;
  readonly bellStore: BellStore;
  readonly log: Logger;
  readonly metrics: BellMetrics;
}

/** Never rejects: what a handler throws is logged and becomes the bell's back-off. */
export async function runBell(deps: RunBellDeps, run: BellRun): Promise<void> {
  const { kind, key, source } = run;
  const { queueName: queue, doorbell } = bellRoute(kind);
  const endTimer = deps.metrics.duration.startTimer({ queue, message: kind });
  const count = (outcome: "ok" | "error") => deps.metrics.runs.inc({ queue, message: kind, source, outcome });
  await withTrace(run.traceparent, async () => {
    try {
      await wideEvent(deps.log)(`${queue}.${kind}`, { key, source }, async () => {
        const message = doorbell.schema.parse(doorbell.fromKey(key));
        const traceparent = currentTraceparent() ?? newTraceparent();
        await handlerOf(deps.handlers, kind)(message, { log: deps.log, traceparent });
      });
      count("ok");
    } catch (error) {
      count("error");
      await putBack(deps, run, error);
    } finally {
      endTimer();
    }
  });
}

function handlerOf(handlers: ReadonlyMap<string, BellHandler>, kind: string): BellHandler {
  const handler = handlers.get(kind);
  if (handler === undefined) throw new TypeError(`this consumer does not handle ${kind}`);
  return handler;
}

async function putBack(
  { bellStore, log, metrics }: RunBellDeps,
  run: BellRun,
  cause: unknown,
): Promise<void> {
  const { kind, key } = run;
  try {
    const fate = await bellStore.failBell(kind, key, cause instanceof Error ? cause.message : String(cause));
    if (fate === "dead") {
      metrics.dead.inc({ queue: bellRoute(kind).queueName, message: kind });
      log.error({ op: "bells.dead", message: kind, key }, "a bell failed too often and was put aside");
    }
  } catch (error) {
    log.error(
      { op: "bells.putBack", message: kind, key, err: error },
      "the bell will be found again by polling",
    );
  }
}
