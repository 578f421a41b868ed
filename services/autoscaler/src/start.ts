/** Wires the autoscaler: `evaluateAlarms` and `scaleTarget` bells to load → decide → commit, and the loop of due alarms. */
import type { Backing } from "@roadstead/backing/open-backing";
import { dropOldAlarmHistory } from "@roadstead/db/alarm-history";
import { dropOldMetrics } from "@roadstead/db/metric-partitions";
import { autoscaler } from "@roadstead/messages/autoscaler";
import { startLoop } from "@roadstead/service-kit/loops";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { AutoscalerConfig } from "./config.ts";
import { evaluateAlarms } from "./evaluate-alarms.ts";
import { makeMinutes } from "./make-minutes.ts";
import { scaleTarget } from "./scale-target.ts";

const MINUTE_MS = 60_000;
const LOOKS_PER_MINUTE = 30;
const SWEEP_EVERY_MS = 10 * 60_000;

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
  const minutes = startLoop({
    name: "metrics.minutes",
    everyMs: minuteMs / LOOKS_PER_MINUTE,
    log,
    run: async () => void (await makeMinutes(deps)),
  });
  const sweep = startLoop({
    name: "metrics.sweep",
    everyMs: SWEEP_EVERY_MS,
    log,
    run: async () => {
      await dropOldMetrics(db, Date.now());
      await dropOldAlarmHistory(db);
    },
  });
  return {
    async stop() {
      await Promise.all([consumer.stop(), dueAlarms.stop(), minutes.stop(), sweep.stop()]);
    },
  };
}
