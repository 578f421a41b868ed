/** The event bus alone in a process. */
import { backingSchema, openBacking } from "@roadstead/backing/open-backing";
import { packed, runPack } from "@roadstead/service-kit/run-service";
import { configSchema } from "./config.ts";
import { start } from "./start.ts";

await runPack({
  name: "event-bus",
  shared: { configSchema: backingSchema, open: openBacking },
  services: [packed({ name: "event-bus", configSchema, start })],
});
