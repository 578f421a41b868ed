/** Wires the autoscaler: `evaluateAlarms` and `scaleTarget` bells to load → decide → commit, and the loop of due alarms. */
import type { Backing } from "@roadstead/backing/open-backing";
import { autoscaler } from "@roadstead/messages/autoscaler";
import { startLoop } from "@roadstead/service-kit/loops";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { AutoscalerConfig } from "./config.ts";
import { evaluateAlarms } from "./evaluate-alarms.ts";
import { scaleTarget } from "./scale-target.ts";

const MINUTE_MS = 60_000;
const LOOKS_PER_MINUTE = 30;

export async function start({ db, queue, config, log }: Kit<AutoscalerConfig> & Backing): Promise<Running> {
  const minuteMs = config.ROADSTEAD_METRIC_PERIOD_MS;
  const deps = { db, minuteMs };
  if (minuteMs !== MINUTE_MS) {
    log.warn({ op: "metrics.period", minuteMs }, "minutes of metrics and alarms do not last a minute");
  }
  const consumer = queue.consume(
    autoscaler,
    {
      evaluateAlarms: async (_message, { log: runLog }) => {
        runLog.debug({ op: "alarms.evaluate", alarms: await evaluateAlarms(deps) });
      },
      scaleTarget: async ({ targetId }, { log: runLog }) => {
        const outcome = await scaleTarget(deps, targetId);
        runLog.debug({ op: "target.scale", targetId, ...outcome });
      },
    },
    { concurrency: config.ROADSTEAD_AUTOSCALER_CONCURRENCY },
  );
  const dueAlarms = startLoop({
    name: "alarms.due",
    everyMs: minuteMs / LOOKS_PER_MINUTE,
    log,
    run: async () => void (await evaluateAlarms(deps)),
  });
  return {
    async stop() {
      await Promise.all([consumer.stop(), dueAlarms.stop()]);
    },
  };
}
