/** Wires the event bus: the log into deliveries, deliveries to targets, dead ones forgotten after a while. */
import type { Backing } from "@roadstead/backing/open-backing";
import { CONNECTIONS_PURPOSE } from "@roadstead/db/event-connections";
import { dropOldDeadDeliveries } from "@roadstead/db/event-deliveries";
import { createSecretBox } from "@roadstead/db/secrets";
import { startLoop } from "@roadstead/service-kit/loops";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { EventBusConfig } from "./config.ts";
import { createDeliverer } from "./deliver-events.ts";
import { targetDeliverer } from "./deliver-to-target.ts";
import { routeEvents } from "./route-events.ts";

const SWEEP_EVERY_MS = 10 * 60_000;

export async function start(
  kit: Pick<Kit<EventBusConfig> & Backing, "db" | "masterKeys" | "config" | "log">,
): Promise<Running> {
  const { db, masterKeys, config, log } = kit;
  const timeoutMs = config.ROADSTEAD_EVENT_TIMEOUT_MS;
  const deliverer = createDeliverer({
    db,
    deliver: targetDeliverer({ db, secrets: createSecretBox(masterKeys, CONNECTIONS_PURPOSE), timeoutMs }),
    concurrency: config.ROADSTEAD_EVENT_CONCURRENCY,
    leaseMs: 2 * timeoutMs,
    firstRetryMs: config.ROADSTEAD_EVENT_RETRY_MS,
    onSettled(delivery, result) {
      const { ruleName, targetId, attempts } = delivery;
      const said = { op: "event.deliver", rule: ruleName, target: targetId, attempts, ...result };
      if (result.kind === "dead") log.warn(said, "an event could not be delivered");
      else log.debug(said);
    },
  });
  const everyMs = config.ROADSTEAD_EVENT_POLL_MS;
  const loops = [
    startLoop({ name: "events.route", everyMs, log, run: async () => void (await routeEvents(db, log)) }),
    startLoop({ name: "events.deliver", everyMs, log, run: (signal) => deliverer.run(signal, everyMs) }),
    startLoop({
      name: "events.sweep",
      everyMs: SWEEP_EVERY_MS,
      log,
      run: () => dropOldDeadDeliveries(db),
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await deliverer.idle();
    },
  };
}
