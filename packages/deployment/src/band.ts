/** How few healthy and how many live tasks a service may have while it changes; every decision keeps inside. */
import type { BandLimits } from "./service-snapshot.ts";

export interface Band {
  /** Healthy running tasks that stopping something must leave. */
  readonly lower: number;
  /** Live tasks, those that are stopping with them, that starting something must not pass. */
  readonly upper: number;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html */
export const band = (desired: number, { minimumHealthyPercent, maximumPercent }: BandLimits): Band => ({
  lower: Math.ceil((desired * minimumHealthyPercent) / 100),
  upper: Math.floor((desired * maximumPercent) / 100),
});
