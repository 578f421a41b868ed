/** Decides what a task of a service is made of: its deployment's definition, and the service's tags. */
import type { NewTask } from "@roadstead/db/launch-requests";
import type { LoadedDeployment, LoadedService } from "@roadstead/db/load-service";
import type { Tag } from "@roadstead/model/container-instance";
import { declaredContainer } from "@roadstead/model/declared-container";
import { taskDemand } from "@roadstead/model/resources";

export function serviceTask(service: LoadedService, deployment: LoadedDeployment): NewTask {
  const { definition } = deployment;
  return {
    taskDefinitionId: deployment.taskDefinitionId,
    family: deployment.family,
    launchType: deployment.launchType,
    group: `service:${service.name}`,
    startedBy: deployment.id,
    demand: taskDemand(definition),
    cpu: definition.cpu ?? null,
    memory: definition.memory ?? null,
    // As ECS shows it: every container, with nothing overridden.
    overrides: {
      containerOverrides: definition.containerDefinitions.map(({ name }) => ({ name })),
      inferenceAcceleratorOverrides: [],
    },
    containers: definition.containerDefinitions.map(declaredContainer),
    tags: taskTags(service, deployment),
    enableExecuteCommand: service.enableExecuteCommand,
    network: deployment.network,
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html */
function taskTags({ details, tags, clusterName, name }: LoadedService, deployment: LoadedDeployment): Tag[] {
  const propagated =
    details.propagateTags === "SERVICE"
      ? tags
      : details.propagateTags === "TASK_DEFINITION"
        ? deployment.definitionTags
        : [];
  if (!details.enableECSManagedTags) return [...propagated];
  return [
    ...propagated,
    { key: "aws:ecs:clusterName", value: clusterName },
    { key: "aws:ecs:serviceName", value: name },
  ];
}
