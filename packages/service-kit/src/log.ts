/** Structured logs: one logger per process, one wide line per unit of work; everything that does work calls it. */
import { performance } from "node:perf_hooks";
import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from "pino";
import { currentTraceId } from "./trace.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Logger = PinoLogger;

/** Named ids and counts of a line; names are fixed across the product (`clusterArn`, `taskArn`, `instanceId`, …). */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  readonly service: string;
  readonly level?: LogLevel;
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
}

export function createLogger({ service, level = "info", destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => {
      const traceId = currentTraceId();
      return traceId === undefined ? {} : { traceId };
    },
    serializers: { err: stdSerializers.errWithCause },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** The line being collected while a unit of work runs. */
export interface WideEvent {
  /** Adds fields to the line. */
  add(fields: LogFields): void;
  /** Replaces the outcome `ok`, for work that ended as it should but not as wished (`denied`, `stale`). */
  outcome(outcome: string): void;
}

export type WideEventRunner = <T>(
  op: string,
  ids: LogFields,
  work: (event: WideEvent) => Promise<T>,
) => Promise<T>;

/**
 * Runs units of work and writes one line for each: `{op, outcome, durationMs, ...ids}`. What the work throws is on
 * the line and goes on to the caller, who answers it and does not log it again.
 */
export function wideEvent(log: Logger): WideEventRunner {
  return async (op, ids, work) => {
    const startedAt = performance.now();
    const fields: Record<string, unknown> = { ...ids };
    let outcome = "ok";
    const line = () => ({
      ...fields,
      op,
      outcome,
      durationMs: roundedSince(startedAt),
    });
    try {
      const result = await work({
        add: (more) => void Object.assign(fields, more),
        outcome: (value) => {
          outcome = value;
        },
      });
      log.info(line(), op);
      return result;
    } catch (error) {
      outcome = "error";
      log.error({ ...line(), err: error }, op);
      throw error;
    }
  };
}

const roundedSince = (startedAt: number) => Math.round((performance.now() - startedAt) * 100) / 100;
