/** What the autoscaler reads from its environment. */
import { z } from "zod";

export const configSchema = z.object({
  /** Alarms and scalable targets looked at at the same time by this replica. */
  ROADSTEAD_AUTOSCALER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  /** How long the minute of metrics and alarms lasts; tests shorten it. */
  ROADSTEAD_METRIC_PERIOD_MS: z.coerce.number().int().min(1_000).max(60_000).default(60_000),
});

export type AutoscalerConfig = z.infer<typeof configSchema>;
