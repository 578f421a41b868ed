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
  const runningEc2 = counts?.runningEc2Tasks ?? 0;
  const pendingEc2 = counts?.pendingEc2Tasks ?? 0;
  return Object.entries({
    runningEC2TasksCount: runningEc2,
    runningFargateTasksCount: 0,
    pendingEC2TasksCount: pendingEc2,
    pendingFargateTasksCount: 0,
    runningExternalTasksCount: (counts?.runningTasks ?? 0) - runningEc2,
    pendingExternalTasksCount: (counts?.pendingTasks ?? 0) - pendingEc2,
    activeEC2ServiceCount: counts?.activeEc2Services ?? 0,
    activeFargateServiceCount: 0,
    drainingEC2ServiceCount: counts?.drainingEc2Services ?? 0,
    drainingFargateServiceCount: 0,
    activeExternalServiceCount: (counts?.activeServices ?? 0) - (counts?.activeEc2Services ?? 0),
    drainingExternalServiceCount: (counts?.drainingServices ?? 0) - (counts?.drainingEc2Services ?? 0),
  }).map(([name, value]) => ({ name, value: String(value) }));
}
