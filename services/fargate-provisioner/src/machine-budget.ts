/** What Fargate tasks may take of this machine: what the operator said, or all of it. */
import { availableParallelism, totalmem } from "node:os";
import type { Size } from "@roadstead/db/fargate-fleets";
import type { ProvisionerConfig } from "./config.ts";

const UNITS_PER_CPU = 1_024;
const MIB = 1_024 * 1_024;

export const machineBudget = (config: ProvisionerConfig): Size => ({
  cpu: config.ROADSTEAD_FARGATE_CPU ?? availableParallelism() * UNITS_PER_CPU,
  memoryMiB: config.ROADSTEAD_FARGATE_MEMORY_MIB ?? Math.floor(totalmem() / MIB),
});
