/** load → decide → commit for one service; the `reconcileService` bell calls this. */
import type { Db } from "@roadstead/db/connect";
import { type LoadedDeployment, type LoadedService, loadService } from "@roadstead/db/load-service";
import { pinImages } from "@roadstead/db/pin-images";
import { commitReconciliation, type ServiceLaunch } from "@roadstead/db/reconcile-service";
import { reconcile } from "@roadstead/deployment/reconcile";
import type { ReconcileDecision, ServiceSnapshot } from "@roadstead/deployment/service-snapshot";
import { type RegistryNames, registryOf } from "@roadstead/model/image-name";
import { balance } from "./balanced-tasks.ts";
import { serviceSnapshot } from "./service-snapshot.ts";
import { serviceTask } from "./service-task.ts";

export interface ReconcileServiceDeps {
  readonly db: Db;
  readonly settings: ServiceSnapshot["settings"];
  readonly registries: RegistryNames;
}

export interface ReconcileServiceOutcome {
  readonly started: number;
  readonly stopped: number;
  /** Another pass or the user was faster; the service's bell is still there. */
  readonly outdated: boolean;
}

const NOTHING: ReconcileServiceOutcome = { started: 0, stopped: 0, outdated: false };

export async function reconcileService(
  deps: ReconcileServiceDeps,
  serviceId: string,
): Promise<ReconcileServiceOutcome> {
  const loaded = await deps.db.read((tx) => loadService(tx, serviceId));
  if (!loaded) return NOTHING;
  const decision = reconcile(serviceSnapshot(loaded, deps.settings));
  await pinNewRevisions(deps, loaded, decision);
  const launches = launchesOf(loaded, decision);
  const balanced = balance(loaded, decision);
  const committed = await deps.db.write((tx) =>
    commitReconciliation(tx, loaded, { ...decision, ...balanced, launches }),
  );
  return {
    started: launches.reduce((sum, { count }) => sum + count, 0),
    stopped: decision.stops.length,
    outdated: !committed,
  };
}

function launchesOf(loaded: LoadedService, { starts }: ReconcileDecision): readonly ServiceLaunch[] {
  return starts.flatMap(({ deploymentId, count, instanceIds, replacedUnhealthy }) => {
    const deployment = loaded.deployments.find(({ id }) => id === deploymentId);
    return deployment
      ? [{ deployment, task: serviceTask(loaded, deployment), count, instanceIds, replacedUnhealthy }]
      : [];
  });
}

/** Before a deployment's first task: all of its tasks run what the tags meant then. */
async function pinNewRevisions(
  { db, registries }: ReconcileServiceDeps,
  loaded: LoadedService,
  { starts }: ReconcileDecision,
): Promise<void> {
  const starting = new Set(starts.map(({ deploymentId }) => deploymentId));
  for (const deployment of loaded.deployments) {
    if (!starting.has(deployment.id) || deployment.imagesResolved) continue;
    await db.write((tx) => pinImages(tx, deployment.revisionId, imagesOf(deployment, registries)));
  }
}

/** `versionConsistency: disabled` leaves a container's tag to each pull. */
const imagesOf = ({ definition }: LoadedDeployment, registries: RegistryNames) =>
  definition.containerDefinitions.map((container) => ({
    containerName: container.name,
    image: container.image,
    reference: container.versionConsistency === "disabled" ? null : registryOf(container.image, registries),
  }));
