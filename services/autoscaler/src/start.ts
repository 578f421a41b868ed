/** Wires the autoscaler: `evaluateAlarms` and `scaleTarget` bells to load → decide → commit, and the loop of due alarms. */
import type { Backing } from "@roadstead/backing/open-backing";
import { newestBell, takeBells } from "@roadstead/db/bells";
import { autoscaler } from "@roadstead/messages/autoscaler";
import type { BellKind } from "@roadstead/messages/bell-kind";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { AutoscalerConfig } from "./config.ts";
import { scaleTarget } from "./scale-target.ts";

export async function start({ db, queue, config }: Kit<AutoscalerConfig> & Backing): Promise<Running> {
  const forget = (kind: BellKind, key: string) =>
    db.write(async (tx) => takeBells(tx, kind, key, await newestBell(tx, kind, key)));
  const consumer = queue.consume(
    autoscaler,
    {
      evaluateAlarms: ({ key }) => forget("evaluateAlarms", key),
      scaleTarget: async ({ targetId }, { log: runLog }) => {
        const outcome = await scaleTarget({ db, minuteMs: config.ROADSTEAD_METRIC_PERIOD_MS }, targetId);
        runLog.debug({ op: "target.scale", targetId, ...outcome });
      },
    },
    { concurrency: config.ROADSTEAD_AUTOSCALER_CONCURRENCY },
  );
  return { stop: () => consumer.stop() };
}
