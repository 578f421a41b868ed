/** Hurts a running stack's processes, and says when they answer again; tests of what must hold meanwhile call it. */
import { setTimeout as delay } from "node:timers/promises";
import { pidOf, takeAway, untilAnswering } from "../../chaos/processes.ts";
import type { Stack } from "./stack.ts";

/** All that is not on the way of a request: HAProxy, agents and containers stay. */
export const CONTROL_PLANE = [
  "api",
  "agent-gateway",
  "registry",
  "scheduler",
  "deployer",
  "load-balancer",
  "autoscaler",
  "event-bus",
  "fargate-provisioner",
  "postgres",
  "redis",
];

/** kill -9 of each, `times` times, and `everyMs` after it answered again; its supervisor starts it. */
export async function killRepeatedly(
  { dataDir }: Pick<Stack, "dataDir">,
  name: string,
  { times, everyMs }: { readonly times: number; readonly everyMs: number },
): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await delay(everyMs);
    const pid = pidOf(dataDir, name);
    process.kill(pid, "SIGKILL");
    await untilAnswering(dataDir, [name], new Set([pid]));
  }
}

/** Stops processes and keeps them away for as long as `meanwhile` takes; returns when all of them answer again. */
export async function without<T>(
  { dataDir }: Pick<Stack, "dataDir">,
  names: readonly string[],
  meanwhile: () => Promise<T>,
): Promise<T> {
  const gone = new Set(names.map((name) => pidOf(dataDir, name)));
  const letBack = await takeAway(dataDir, names);
  try {
    return await meanwhile();
  } finally {
    letBack();
    await untilAnswering(dataDir, names, gone);
  }
}
