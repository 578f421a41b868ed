/** What the load balancer reads from its environment. */
import { z } from "zod";

export const configSchema = z.object({
  /** The folder it shares with HAProxy; without one there is none to configure. */
  ROADSTEAD_HAPROXY_DIR: z.string().min(1).optional(),
  /** HAProxy's program, which checks a configuration before it is loaded. */
  ROADSTEAD_HAPROXY_BIN: z.string().min(1).default("haproxy"),
  /** How often targets are looked at; changes of the rows come at once. */
  ROADSTEAD_TARGET_SWEEP_MS: z.coerce.number().int().min(50).max(60_000).default(1_000),
  /** How long the minute of metrics lasts; tests shorten it. */
  ROADSTEAD_METRIC_PERIOD_MS: z.coerce.number().int().min(1_000).max(60_000).default(60_000),
});

export type LoadBalancerConfig = z.infer<typeof configSchema>;
