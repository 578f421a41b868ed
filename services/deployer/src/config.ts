/** What the deployer reads from its environment. */
import { listField } from "@roadstead/service-kit/config";
import { z } from "zod";

export const configSchema = z.object({
  /** Services reconciled at the same time by this replica. */
  ROADSTEAD_DEPLOYER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  /** Changes of one service that come within this time are looked at together. */
  ROADSTEAD_DEPLOYER_GATHER_MS: z.coerce.number().int().min(0).max(1_000).default(20),
  /**
   * How long a task without a health check must have run before it counts as healthy: as long as ECS waits.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
   */
  ROADSTEAD_HEALTHY_AFTER_MS: z.coerce.number().int().min(0).max(3_600_000).default(40_000),
  /** How images of our own registry are named on machines, and under which domain. */
  ROADSTEAD_REGISTRY_HOST: z.string().min(1).default("127.0.0.1:4701"),
  ROADSTEAD_DOMAIN: z.string().min(1).default("roadstead.internal"),
  ROADSTEAD_REGIONS: listField().default(["us-east-1"]),
});

export type DeployerConfig = z.infer<typeof configSchema>;
