/** Waits until a server that was just started answers, or says why it does not; the server fixtures call it. */
import { setTimeout as delay } from "node:timers/promises";
import type { ServerProcess } from "./server-process.ts";

const READY_TIMEOUT_MS = 60_000;
const PROBE_INTERVAL_MS = 25;

export async function untilReady(
  name: string,
  server: ServerProcess,
  probe: () => Promise<unknown>,
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await probe();
      return;
    } catch (cause) {
      if (server.ended() || Date.now() > deadline) {
        throw new Error(`${name} did not start:\n${server.output()}`, { cause });
      }
      await delay(PROBE_INTERVAL_MS);
    }
  }
}
