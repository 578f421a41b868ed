/** Wires the scheduler: `placeTasks` bells to load → decide → commit, and the sweep of stopped tasks. */
import type { Backing } from "@roadstead/backing/open-backing";
import { rangePlanOf } from "@roadstead/backing/vpc-range-fields";
import { dropOldEvents } from "@roadstead/db/event-retention";
import { archiveStoppedTasks } from "@roadstead/db/task-history";
import { scheduler } from "@roadstead/messages/scheduler";
import { startLoop } from "@roadstead/service-kit/loops";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { SchedulerConfig } from "./config.ts";
import { placeTasks } from "./place-tasks.ts";

const ARCHIVE_EVERY_MS = 30_000;

export async function start({ db, queue, config, log }: Kit<SchedulerConfig> & Backing): Promise<Running> {
  const nudge = (channel: string) => void queue.publishNudge(channel);
  const ranges = rangePlanOf(config);
  const consumer = queue.consume(
    scheduler,
    {
      placeTasks: async ({ clusterId }, { log: runLog }) => {
        const outcome = await placeTasks({ db, nudge, ranges }, clusterId);
        runLog.debug({ op: "cluster.placeTasks", clusterId, ...outcome });
      },
    },
    { concurrency: config.ROADSTEAD_SCHEDULER_CONCURRENCY },
  );
  const archive = startLoop({
    name: "tasks.archive",
    everyMs: ARCHIVE_EVERY_MS,
    log,
    run: async () => {
      await archiveStoppedTasks(db);
      await dropOldEvents(db);
    },
  });
  return {
    async stop() {
      await consumer.stop();
      await archive.stop();
    },
  };
}
