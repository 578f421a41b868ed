/** Collects the named checks that say whether a process can do its work; the operations port answers with them. */
import { setTimeout as delay } from "node:timers/promises";

const CHECK_TIMEOUT_MS = 1_000;

/** Resolves when the dependency works, rejects when it does not. */
type ReadinessCheck = () => Promise<unknown>;

export interface Readiness {
  add(name: string, check: ReadinessCheck): void;
  run(): Promise<{
    readonly ready: boolean;
    readonly checks: Readonly<Record<string, string>>;
  }>;
}

export function createReadiness(timeoutMs = CHECK_TIMEOUT_MS): Readiness {
  const checks = new Map<string, ReadinessCheck>();
  return {
    add: (name, check) => void checks.set(name, check),
    async run() {
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => [name, await outcomeOf(check, timeoutMs)] as const),
      );
      return {
        ready: results.every(([, result]) => result === "ok"),
        checks: Object.fromEntries(results),
      };
    },
  };
}

async function outcomeOf(check: ReadinessCheck, timeoutMs: number): Promise<string> {
  const expiry = new AbortController();
  const passed = (async () => check())().then(
    () => "ok",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const expired = delay(timeoutMs, `no answer within ${timeoutMs} ms`, {
    signal: expiry.signal,
  });
  try {
    return await Promise.race([passed, expired.catch(() => "ok")]);
  } finally {
    expiry.abort();
  }
}
