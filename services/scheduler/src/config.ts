/** What the scheduler reads from its environment. */
import { vpcRangeFields } from "@roadstead/backing/vpc-range-fields";
import { z } from "zod";

export const configSchema = z.object({
  /** Clusters placed at the same time by this replica. */
  ROADSTEAD_SCHEDULER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  ...vpcRangeFields,
});

export type SchedulerConfig = z.infer<typeof configSchema>;
