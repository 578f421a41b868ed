/** What the event bus reads from its environment. */
import { z } from "zod";

export const configSchema = z.object({
  /** How often the log is looked at for what happened since; a full batch is followed by the next at once. */
  ROADSTEAD_EVENT_POLL_MS: z.coerce.number().int().min(10).max(60_000).default(200),
  /** Deliveries under way at the same time in this replica. */
  ROADSTEAD_EVENT_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(64),
  /** How long a target may take to answer. */
  ROADSTEAD_EVENT_TIMEOUT_MS: z.coerce.number().int().min(50).max(60_000).default(5_000),
  /** The pause after a first failed delivery; each further one doubles it, up to ten minutes. */
  ROADSTEAD_EVENT_RETRY_MS: z.coerce.number().int().min(10).max(600_000).default(1_000),
});

export type EventBusConfig = z.infer<typeof configSchema>;
