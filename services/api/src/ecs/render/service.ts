/** A service as ECS answers it; the operations that make, change and describe one share this. */
import type { Deployment, Service } from "@aws-sdk/client-ecs";
import type { ReadTx } from "@roadstead/db/connect";
import type { ServiceDetails } from "@roadstead/db/schema/service";
import type { Scope } from "@roadstead/db/scopes";
import {
  countDeploymentTasks,
  type DeploymentTaskCounts,
  liveDeployments,
  type ServiceDeploymentRow,
} from "@roadstead/db/service-deployments";
import { eventsOfServices, type ServiceEventRow } from "@roadstead/db/service-events";
import type { ServiceRow } from "@roadstead/db/services";
import { completeBreaker } from "@roadstead/deployment/circuit-breaker";
import {
  clusterArn,
  serviceArn,
  serviceDeploymentArn,
  serviceRevisionArn,
  taskDefinitionArn,
} from "@roadstead/model/arn";
import { PLATFORM_FAMILY, PLATFORM_VERSION } from "@roadstead/model/fargate";
import { renderNetwork } from "../network-input.ts";

/** The rows that a service's answer is made of beside its own. */
export interface ServiceParts {
  readonly deployments: readonly ServiceDeploymentRow[];
  readonly counts: readonly DeploymentTaskCounts[];
  readonly events: readonly ServiceEventRow[];
}

/** For any number of services, in three statements. */
export async function loadServiceParts(
  tx: Pick<ReadTx, "query">,
  serviceIds: readonly string[],
): Promise<(serviceId: string) => ServiceParts> {
  const deployments = await liveDeployments(tx, serviceIds);
  const counts = await countDeploymentTasks(tx, serviceIds);
  const events = await eventsOfServices(tx, serviceIds);
  const of = (serviceId: string) => (row: { readonly serviceId: string }) => row.serviceId === serviceId;
  return (serviceId) => ({
    deployments: deployments.filter(of(serviceId)),
    counts: counts.filter(of(serviceId)),
    events: events.filter(of(serviceId)),
  });
}

export interface ServicePlace {
  readonly scope: Scope;
  readonly clusterName: string;
  readonly withTags: boolean;
}

const sum = (counts: readonly DeploymentTaskCounts[], member: "running" | "pending") =>
  counts.reduce((total, count) => total + count[member], 0);

export function renderService(place: ServicePlace, row: ServiceRow, parts: ServiceParts): Service {
  const { scope, clusterName } = place;
  const { details } = row;
  return {
    serviceArn: serviceArn(scope, clusterName, row.name),
    serviceName: row.name,
    clusterArn: clusterArn(scope, clusterName),
    loadBalancers: (details.loadBalancers ?? []).map((balancer) => ({ ...balancer })),
    serviceRegistries: [],
    status: row.status,
    desiredCount: row.desiredCount,
    runningCount: sum(parts.counts, "running"),
    pendingCount: sum(parts.counts, "pending"),
    ...renderCapacity(row),
    ...(row.launchType === "FARGATE"
      ? { platformVersion: details.platformVersion ?? "LATEST", platformFamily: PLATFORM_FAMILY }
      : {}),
    taskDefinition: taskDefinitionArn(scope, row.family, row.revision),
    deploymentConfiguration: renderDeploymentConfiguration(details),
    deployments: parts.deployments.map((deployment) =>
      renderDeployment(scope, row, deployment, parts.counts),
    ),
    events: parts.events.map(({ id, createdAt, message }) => ({ id, createdAt, message })),
    createdAt: row.createdAt,
    ...currentOf(place, row, parts),
    ...(details.network ? { networkConfiguration: renderNetwork(details.network) } : {}),
    placementConstraints: details.placementConstraints.map((constraint) => ({ ...constraint })),
    placementStrategy: details.placementStrategy.map((strategy) => ({ ...strategy })),
    healthCheckGracePeriodSeconds: details.healthCheckGracePeriodSeconds ?? 0,
    schedulingStrategy: row.schedulingStrategy,
    deploymentController: { type: "ECS" },
    tags: place.withTags ? [...row.tags] : [],
    enableECSManagedTags: details.enableECSManagedTags,
    propagateTags: details.propagateTags,
    enableExecuteCommand: row.enableExecuteCommand,
    availabilityZoneRebalancing: details.availabilityZoneRebalancing,
    ...(row.createdBy ? { createdBy: row.createdBy } : {}),
  };
}

/** A strategy takes the place of the launch type. */
const renderCapacity = ({ launchType, details }: Pick<ServiceRow, "launchType" | "details">) =>
  details.capacityProviderStrategy
    ? { capacityProviderStrategy: details.capacityProviderStrategy.map((item) => ({ ...item })) }
    : { launchType };

export const renderPlatform = ({ launchType }: Pick<ServiceRow, "launchType">) =>
  launchType === "FARGATE" ? { platformVersion: PLATFORM_VERSION, platformFamily: PLATFORM_FAMILY } : {};

/** Every member AWS reads back, also where nothing was sent: clients compare it with what they wanted. */
export const renderDeploymentConfiguration = ({ deploymentConfiguration: { ...sent } }: ServiceDetails) => ({
  maximumPercent: sent.maximumPercent,
  minimumHealthyPercent: sent.minimumHealthyPercent,
  strategy: "ROLLING" as const,
  bakeTimeInMinutes: 0,
  alarms: { alarmNames: [], enable: false, rollback: false },
  deploymentCircuitBreaker: completeBreaker(sent.deploymentCircuitBreaker),
});

function renderDeployment(
  scope: Scope,
  { details }: ServiceRow,
  row: ServiceDeploymentRow,
  counts: readonly DeploymentTaskCounts[],
): Deployment {
  const own = counts.filter(({ deploymentId }) => deploymentId === row.id);
  return {
    id: row.id,
    status: row.status,
    taskDefinition: taskDefinitionArn(scope, row.family, row.revision),
    desiredCount: row.desiredCount,
    pendingCount: sum(own, "pending"),
    runningCount: sum(own, "running"),
    failedTasks: row.failedTasks,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...renderCapacity({ launchType: row.launchType, details }),
    ...renderPlatform(row),
    ...(row.network ? { networkConfiguration: renderNetwork(row.network) } : {}),
    rolloutState: row.rolloutState,
    rolloutStateReason: row.rolloutStateReason,
  };
}

/** The service deployment while one is under way, and the revisions that tasks run. */
function currentOf(
  { scope, clusterName }: ServicePlace,
  { name }: ServiceRow,
  { deployments, counts }: ServiceParts,
): Pick<Service, "currentServiceDeployment" | "currentServiceRevisions"> {
  const primary = deployments.find(({ status }) => status === "PRIMARY");
  const [arnId, status] = [
    primary?.rolledBackArnId ?? primary?.arnId,
    primary?.rolledBackStatus ?? primary?.serviceDeploymentStatus,
  ];
  const underWay = ["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"].includes(status ?? "");
  return {
    ...(arnId && underWay
      ? { currentServiceDeployment: serviceDeploymentArn(scope, clusterName, name, arnId) }
      : {}),
    currentServiceRevisions: deployments.map((deployment) => {
      const own = counts.filter(({ deploymentId }) => deploymentId === deployment.id);
      return {
        arn: serviceRevisionArn(scope, clusterName, name, deployment.revisionId),
        requestedTaskCount: deployment.status === "PRIMARY" ? deployment.desiredCount : 0,
        runningTaskCount: sum(own, "running"),
        pendingTaskCount: sum(own, "pending"),
      };
    }),
  };
}
