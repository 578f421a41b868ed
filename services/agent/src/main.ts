/** The agent alone in a process. */
import { runService } from "@roadstead/service-kit/run-service";
import { configSchema } from "./config.ts";
import { start } from "./start.ts";

await runService({ name: "agent", configSchema, start });
