/** Makes minutes of AWS/ECS out of what agents said of their tasks, each once; the loop of `start` calls this. */
import type { Db } from "@roadstead/db/connect";
import { ensureMetricPartitions } from "@roadstead/db/metric-partitions";
import { putStatisticsOnce } from "@roadstead/db/metric-write";
import {
  claimMinutes,
  closeMinutes,
  forgetSamples,
  loadClusterMinute,
  loadTaskMinute,
} from "@roadstead/db/task-minutes";
import { ecsMinute } from "@roadstead/scaling/ecs-minute";

const NAMESPACE = "AWS/ECS";
/** Minutes that were missed are made as long as their samples are kept. */
const KEPT_MINUTES = 10;
/** A twelfth of a minute after its end a minute is made: samples on their way have come by then. */
const SETTLE_SHARE = 12;

export interface MakeMinutesDeps {
  readonly db: Db;
  /** How long a minute of metrics lasts. */
  readonly minuteMs: number;
}

/** Answers how many minutes were made. */
export async function makeMinutes({ db, minuteMs }: MakeMinutesDeps): Promise<number> {
  const keptMs = KEPT_MINUTES * minuteMs;
  const now = Date.now();
  await ensureMetricPartitions(db, [now - keptMs - minuteMs, now]);
  return db.write(async (tx) => {
    const settleMs = minuteMs / SETTLE_SHARE;
    const { minutes, closedMs } = await claimMinutes(tx, NAMESPACE, { minuteMs, settleMs, keptMs });
    if (minutes.length === 0) return 0;
    for (const atMs of minutes) {
      const tasks = await loadTaskMinute(tx, atMs, atMs + minuteMs);
      // Reservations are as they stand, so the newest minute alone has them.
      const clusters = atMs === minutes.at(-1) ? await loadClusterMinute(tx) : [];
      const made = ecsMinute(tasks, clusters);
      await putStatisticsOnce(
        tx,
        made.map((metric) => ({ ...metric, namespace: NAMESPACE, atMs, unit: "Percent" })),
      );
    }
    await closeMinutes(tx, NAMESPACE, closedMs);
    await forgetSamples(tx, closedMs - keptMs);
    return minutes.length;
  });
}
