/** Turns what was loaded of a service into what `reconcile()` decides on. */
import type { LoadedDeployment, LoadedService } from "@roadstead/db/load-service";
import { circuitBreakerOf } from "@roadstead/deployment/circuit-breaker";
import type { LaunchFailure, ServiceSnapshot } from "@roadstead/deployment/service-snapshot";
import { isEligible } from "@roadstead/placement/eligible";
import type { PlacementInstance, PlacementTask } from "@roadstead/placement/place";
import { wantedAttributes } from "@roadstead/placement/wanted-attributes";
import { isBalanced, tasksBehindBalancers } from "./balanced-tasks.ts";

export function serviceSnapshot(
  loaded: LoadedService,
  settings: ServiceSnapshot["settings"],
): ServiceSnapshot {
  const { details } = loaded;
  return {
    nowMs: loaded.nowMs,
    service: {
      id: loaded.id,
      name: loaded.name,
      status: loaded.status,
      schedulingStrategy: loaded.schedulingStrategy,
      desiredCount: loaded.desiredCount,
      healthCheckGracePeriodMs: (details.healthCheckGracePeriodSeconds ?? 0) * 1_000,
      steadyAtMs: loaded.steadyAtMs,
      notices: loaded.notices.map(({ message, createdAt }) => ({ message, atMs: createdAt.getTime() })),
      placement: loaded.placement,
      circuitBreaker: circuitBreakerOf(details.deploymentConfiguration),
      hasCompleted: loaded.completedRevisionId !== null,
    },
    limits: {
      minimumHealthyPercent: details.deploymentConfiguration.minimumHealthyPercent,
      maximumPercent: details.deploymentConfiguration.maximumPercent,
    },
    deployments: loaded.deployments.map((deployment) => ({
      id: deployment.id,
      status: deployment.status,
      rolloutState: deployment.rolloutState,
      createdAtMs: deployment.createdAtMs,
      // Targets are checked: a task behind a load balancer shows that it is healthy, however new.
      hasHealthCheck:
        isBalanced(loaded) ||
        deployment.definition.containerDefinitions.some(
          ({ essential, healthCheck }) => essential && healthCheck !== undefined,
        ),
      startFailures: deployment.startFailures,
      lastStartFailureAtMs: deployment.lastStartFailureAtMs,
      failedTasks: deployment.failedTasks,
      provenAtMs: deployment.provenAtMs,
      isRollback: deployment.rollbackOf !== null,
    })),
    tasks: tasksBehindBalancers(loaded),
    instances: serviceInstances(loaded),
    launchFailures: launchFailures(loaded),
    settings,
  };
}

function serviceInstances(loaded: LoadedService): ServiceSnapshot["instances"] {
  const [primary] = loaded.deployments;
  const group = `service:${loaded.name}`;
  const others = new Set(
    loaded.groupCounts.filter((count) => count.group !== group).map(({ instanceId }) => instanceId),
  );
  return loaded.instances.flatMap((instance) =>
    instance.status === "ACTIVE" || instance.status === "DRAINING"
      ? [
          {
            id: instance.id,
            status: instance.status,
            eligible: primary !== undefined && isEligible(placeable(instance), wanted(loaded, primary)),
            hasOtherTasks: others.has(instance.id),
          },
        ]
      : [],
  );
}

/** What eligibility looks at; how full or busy an instance is has no part in it. */
const placeable = (instance: LoadedService["instances"][number]): PlacementInstance => ({
  id: instance.id,
  status: "ACTIVE",
  agentConnected: true,
  agentVersion: instance.versionInfo.agentVersion ?? null,
  ec2InstanceId: instance.ec2InstanceId,
  registeredAtMs: instance.registeredAt.getTime(),
  runningTasksCount: 0,
  free: { cpu: 0, memoryMiB: 0, gpus: 0 },
  usedPorts: [],
  attributes: instance.attributes.map(({ name, value }) => ({ name, value: value ?? null })),
  taskCountByGroup: {},
});

const wanted = (loaded: LoadedService, deployment: LoadedDeployment): PlacementTask => ({
  id: loaded.id,
  group: `service:${loaded.name}`,
  demand: { cpu: 0, memoryMiB: 0, ports: [], gpus: 0 },
  requiredAttributes: wantedAttributes(deployment.launchType, deployment.requiresAttributes),
  constraints: [
    ...loaded.details.placementConstraints,
    ...deployment.definition.placementConstraints.map(({ expression }) => ({
      type: "memberOf" as const,
      ...(expression === undefined ? {} : { expression }),
    })),
  ],
  strategy: [],
  ...(deployment.zones ? { zones: deployment.zones } : {}),
  groupKey: loaded.id,
});

/** Equal failures of one launch are one line. */
function launchFailures(loaded: LoadedService): readonly LaunchFailure[] {
  return loaded.answered.flatMap(({ deploymentId, failures }) =>
    [...Map.groupBy(failures, ({ reason }) => reason)].map(([reason, list]) => ({
      deploymentId,
      reason,
      count: list.length,
      instanceId: list[0]?.instanceId ?? null,
      detail: list[0]?.detail ?? null,
    })),
  );
}
