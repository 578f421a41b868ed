/** Wires the deployer: `reconcileService` bells to load → decide → commit. */
import type { Backing } from "@roadstead/backing/open-backing";
import { FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { deployer } from "@roadstead/messages/deployer";
import type { Kit, Running } from "@roadstead/service-kit/run-service";
import type { DeployerConfig } from "./config.ts";
import { type ReconcileServiceDeps, reconcileService } from "./reconcile-service.ts";

export async function start({ db, queue, config }: Kit<DeployerConfig> & Backing): Promise<Running> {
  const deps: ReconcileServiceDeps = {
    db,
    settings: { healthyAfterMs: config.ROADSTEAD_HEALTHY_AFTER_MS },
    registries: {
      registryHost: config.ROADSTEAD_REGISTRY_HOST,
      domain: config.ROADSTEAD_DOMAIN,
      default: { accountId: FIRST_ACCOUNT_ID, region: config.ROADSTEAD_REGIONS[0] ?? "us-east-1" },
    },
  };
  const consumer = queue.consume(
    deployer,
    {
      reconcileService: async ({ serviceId }, { log: runLog }) => {
        // Tasks of a batch report one after the other: seen together, they make one decision.
        await gather(config.ROADSTEAD_DEPLOYER_GATHER_MS);
        const outcome = await reconcileService(deps, serviceId);
        runLog.debug({ op: "service.reconcile", serviceId, ...outcome });
      },
    },
    { concurrency: config.ROADSTEAD_DEPLOYER_CONCURRENCY },
  );
  return { stop: () => consumer.stop() };
}

const gather = (forMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, forMs));
