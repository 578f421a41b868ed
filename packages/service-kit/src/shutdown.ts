/** Closes what a process opened, last opened first, each within a bound; `runService` owns one. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "./log.ts";

const STEP_TIMEOUT_MS = 10_000;

export interface Shutdown {
  /** Registers what closes `name`. Registered while closing, it is closed at once. */
  add(name: string, close: () => Promise<void> | void): void;
  /** Closes everything; calling it again waits for the same closing. Never throws: failures are logged. */
  close(): Promise<void>;
}

export function createShutdown(log: Logger, stepTimeoutMs = STEP_TIMEOUT_MS): Shutdown {
  const steps: { name: string; close: () => Promise<void> | void }[] = [];
  let closing: Promise<void> | undefined;

  const closeAll = async () => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      await closeWithin(step, stepTimeoutMs, log);
    }
  };
  return {
    add(name, close) {
      steps.push({ name, close });
      if (closing !== undefined) closing = closing.then(closeAll);
    },
    close: () => (closing ??= closeAll()),
  };
}

async function closeWithin(
  step: { readonly name: string; readonly close: () => Promise<void> | void },
  timeoutMs: number,
  log: Logger,
): Promise<void> {
  const expiry = new AbortController();
  try {
    const expired = delay(timeoutMs, "expired" as const, {
      signal: expiry.signal,
    });
    const outcome = await Promise.race([(async () => step.close())(), expired.catch(() => undefined)]);
    if (outcome === "expired")
      log.warn({ op: "shutdown.step", step: step.name, timeoutMs }, "closing took too long");
  } catch (error) {
    log.error({ op: "shutdown.step", step: step.name, err: error }, "closing failed");
  } finally {
    expiry.abort();
  }
}
