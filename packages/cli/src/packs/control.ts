/** The processes that decide, in one; today the scheduler alone. */
import { backingSchema, openBacking } from "@roadstead/backing/open-backing";
import { configSchema as schedulerConfig } from "@roadstead/scheduler/config";
import { start as startScheduler } from "@roadstead/scheduler/start";
import { packed, runPack } from "@roadstead/service-kit/run-service";

await runPack({
  name: "control",
  shared: { configSchema: backingSchema, open: openBacking },
  services: [packed({ name: "scheduler", configSchema: schedulerConfig, start: startScheduler })],
});
