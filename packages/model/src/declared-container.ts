/** What a task keeps of its containers' definitions; whoever launches tasks calls it: the api and the deployer. */
import type { TaskContainer } from "./task.ts";
import type { ContainerDefinition } from "./task-definition.ts";

export const declaredContainer = (container: ContainerDefinition): Omit<TaskContainer, "id"> => ({
  name: container.name,
  image: container.image,
  essential: container.essential,
  cpu: container.cpu,
  memoryMiB: container.memory ?? null,
  memoryReservationMiB: container.memoryReservation ?? null,
  hasHealthCheck: container.healthCheck !== undefined,
});
