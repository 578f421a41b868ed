/** A cluster as ECS answers it. */
import type { Cluster, ClusterField } from "@aws-sdk/client-ecs";
import type { ClusterCounts, ClusterRow } from "@roadstead/db/clusters";
import type { Scope } from "@roadstead/db/scopes";
import { clusterArn } from "@roadstead/model/arn";

/** Counts, and the parts a caller asked for by `include`; AWS leaves the others out or empty. */
export function renderCluster(
  scope: Scope,
  row: ClusterRow,
  counts: ClusterCounts | null,
  include: readonly ClusterField[],
): Cluster {
  const { details } = row;
  const wants = (field: ClusterField) => include.includes(field);
  return {
    clusterArn: clusterArn(scope, row.name),
    clusterName: row.name,
    status: row.status,
    registeredContainerInstancesCount: counts?.registeredContainerInstances ?? 0,
    runningTasksCount: counts?.runningTasks ?? 0,
    pendingTasksCount: counts?.pendingTasks ?? 0,
    activeServicesCount: counts?.activeServices ?? 0,
    statistics: wants("STATISTICS") ? statistics(counts) : [],
    tags: wants("TAGS") ? [...row.tags] : [],
    settings: wants("SETTINGS")
      ? details.settings.map(({ name, value }) => ({ name: name as "containerInsights", value }))
      : [],
    capacityProviders: [...details.capacityProviders],
    defaultCapacityProviderStrategy: details.defaultCapacityProviderStrategy.map((item) => ({ ...item })),
    ...(wants("CONFIGURATIONS") && details.configuration ? { configuration: details.configuration } : {}),
    ...(details.serviceConnectDefaults
      ? { serviceConnectDefaults: { ...details.serviceConnectDefaults } }
      : {}),
  };
}

function statistics(counts: ClusterCounts | null) {
  const none = { ec2: 0, fargate: 0, all: 0 };
  const running = counts
    ? { ec2: counts.runningEc2Tasks, fargate: counts.runningFargateTasks, all: counts.runningTasks }
    : none;
  const pending = counts
    ? { ec2: counts.pendingEc2Tasks, fargate: counts.pendingFargateTasks, all: counts.pendingTasks }
    : none;
  const active = counts
    ? { ec2: counts.activeEc2Services, fargate: counts.activeFargateServices, all: counts.activeServices }
    : none;
  const draining = counts
    ? {
        ec2: counts.drainingEc2Services,
        fargate: counts.drainingFargateServices,
        all: counts.drainingServices,
      }
    : none;
  const external = ({ ec2, fargate, all }: typeof none) => all - ec2 - fargate;
  return Object.entries({
    runningEC2TasksCount: running.ec2,
    runningFargateTasksCount: running.fargate,
    pendingEC2TasksCount: pending.ec2,
    pendingFargateTasksCount: pending.fargate,
    runningExternalTasksCount: external(running),
    pendingExternalTasksCount: external(pending),
    activeEC2ServiceCount: active.ec2,
    activeFargateServiceCount: active.fargate,
    drainingEC2ServiceCount: draining.ec2,
    drainingFargateServiceCount: draining.fargate,
    activeExternalServiceCount: external(active),
    drainingExternalServiceCount: external(draining),
  }).map(([name, value]) => ({ name, value: String(value) }));
}
