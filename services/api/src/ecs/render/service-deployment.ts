/** A service deployment and a service revision as ECS answers them. */
import type {
  ServiceDeployment,
  ServiceDeploymentBrief,
  ServiceDeploymentCircuitBreaker,
  ServiceRevision,
  ServiceRevisionSummary,
} from "@aws-sdk/client-ecs";
import type { Scope } from "@roadstead/db/scopes";
import type {
  DeploymentTaskCounts,
  ServiceDeploymentRow,
  ServiceRevisionRow,
} from "@roadstead/db/service-deployments";
import type { ServiceRow } from "@roadstead/db/services";
import { circuitBreakerOf, completeBreaker, failureLimit } from "@roadstead/deployment/circuit-breaker";
import {
  clusterArn,
  serviceArn,
  serviceDeploymentArn,
  serviceRevisionArn,
  taskDefinitionArn,
} from "@roadstead/model/arn";
import { renderNetwork } from "../network-input.ts";
import { renderDeploymentConfiguration, renderPlatform } from "./service.ts";

/** What the ARNs of a service's parts are made of. */
export interface PartPlace {
  readonly scope: Scope;
  readonly clusterName: string;
  readonly serviceName: string;
}

const revisionArn = ({ scope, clusterName, serviceName }: PartPlace, id: string) =>
  serviceRevisionArn(scope, clusterName, serviceName, id);

export function renderDeploymentBrief(place: PartPlace, row: ServiceDeploymentRow): ServiceDeploymentBrief {
  const { scope, clusterName, serviceName } = place;
  return {
    serviceDeploymentArn: serviceDeploymentArn(scope, clusterName, serviceName, row.arnId),
    serviceArn: serviceArn(scope, clusterName, serviceName),
    clusterArn: clusterArn(scope, clusterName),
    createdAt: row.createdAt,
    targetServiceRevisionArn: revisionArn(place, row.revisionId),
    status: row.serviceDeploymentStatus,
    ...(row.startedAt ? { startedAt: row.startedAt } : {}),
    ...(row.finishedAt ? { finishedAt: row.finishedAt } : {}),
    ...(row.serviceDeploymentStatusReason ? { statusReason: row.serviceDeploymentStatusReason } : {}),
  };
}

/** `counts` and `live` are of the whole service: the revisions that ran before are told with their tasks. */
export function renderServiceDeployment(
  place: PartPlace,
  service: ServiceRow,
  row: ServiceDeploymentRow,
  tasks: {
    readonly live: readonly ServiceDeploymentRow[];
    readonly counts: readonly DeploymentTaskCounts[];
  },
): ServiceDeployment {
  const { targetServiceRevisionArn: _, ...brief } = renderDeploymentBrief(place, row);
  const summary = (revisionId: string, requestedTaskCount: number): ServiceRevisionSummary => {
    const ids = tasks.live.filter((d) => d.revisionId === revisionId).map(({ id }) => id);
    const own = tasks.counts.filter(({ deploymentId }) => ids.includes(deploymentId));
    return {
      arn: revisionArn(place, revisionId),
      requestedTaskCount,
      runningTaskCount: own.reduce((sum, { running }) => sum + running, 0),
      pendingTaskCount: own.reduce((sum, { pending }) => sum + pending, 0),
    };
  };
  return {
    ...brief,
    updatedAt: row.updatedAt,
    ...(row.serviceDeploymentStatus === "STOPPED" && row.finishedAt ? { stoppedAt: row.finishedAt } : {}),
    sourceServiceRevisions: row.sourceRevisionIds.map((id) => summary(id, 0)),
    targetServiceRevision: summary(row.revisionId, row.desiredCount),
    deploymentConfiguration: renderDeploymentConfiguration(service.details),
    deploymentCircuitBreaker: renderCircuitBreaker(service, row),
    ...(row.rollbackRevisionId && row.rollbackStartedAt
      ? {
          rollback: {
            reason: row.serviceDeploymentStatusReason ?? undefined,
            startedAt: row.rollbackStartedAt,
            serviceRevisionArn: revisionArn(place, row.rollbackRevisionId),
          },
        }
      : {}),
  };
}

function renderCircuitBreaker(
  { details, desiredCount }: ServiceRow,
  { failedTasks: failureCount, rolloutState }: ServiceDeploymentRow,
): ServiceDeploymentCircuitBreaker {
  const breaker = circuitBreakerOf(details.deploymentConfiguration);
  if (rolloutState === "FAILED" || breaker) {
    const { thresholdConfiguration } = completeBreaker(
      details.deploymentConfiguration.deploymentCircuitBreaker,
    );
    return {
      status: MONITORS[rolloutState],
      failureCount,
      threshold: failureLimit(thresholdConfiguration, desiredCount),
    };
  }
  return { status: "DISABLED", failureCount, threshold: 0 };
}

const MONITORS = {
  IN_PROGRESS: "MONITORING",
  COMPLETED: "MONITORING_COMPLETE",
  FAILED: "TRIGGERED",
} as const;

export function renderServiceRevision(place: PartPlace, row: ServiceRevisionRow): ServiceRevision {
  const { scope, clusterName, serviceName } = place;
  return {
    serviceRevisionArn: revisionArn(place, row.id),
    serviceArn: serviceArn(scope, clusterName, serviceName),
    clusterArn: clusterArn(scope, clusterName),
    taskDefinition: taskDefinitionArn(scope, row.family, row.revision),
    launchType: row.launchType,
    ...renderPlatform(row),
    loadBalancers: row.loadBalancers.map((balancer) => ({ ...balancer })),
    serviceRegistries: [],
    ...(row.network ? { networkConfiguration: renderNetwork(row.network) } : {}),
    containerImages: row.containerImages.map(({ containerName, image, imageDigest }) => ({
      containerName,
      image,
      ...(imageDigest ? { imageDigest } : {}),
    })),
    guardDutyEnabled: false,
    createdAt: row.createdAt,
  };
}
