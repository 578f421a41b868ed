/** Decides the containers a task runs with: its definition's with RunTask's overrides applied. `render-task` calls it. */
import type { ContainerDefinition, KeyValuePair, TaskDefinition } from "@roadstead/model/task-definition";

/** RunTask's overrides as the api stores them. */
export interface TaskOverrides {
  readonly containerOverrides?: readonly ({ readonly name: string } & Partial<
    Pick<
      ContainerDefinition,
      | "command"
      | "environment"
      | "environmentFiles"
      | "cpu"
      | "memory"
      | "memoryReservation"
      | "resourceRequirements"
    >
  >)[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
}

/**
 * Environment is merged by name, everything else is replaced.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
 */
export function effectiveContainers(
  { containerDefinitions }: Pick<TaskDefinition, "containerDefinitions">,
  { containerOverrides = [] }: TaskOverrides,
): readonly ContainerDefinition[] {
  return containerDefinitions.map((container) => {
    const override = containerOverrides.find(({ name }) => name === container.name);
    if (!override) return container;
    const { environment = [], ...replaced } = override;
    return { ...container, ...replaced, environment: mergeByName(container.environment, environment) };
  });
}

function mergeByName(base: readonly KeyValuePair[], over: readonly KeyValuePair[]): readonly KeyValuePair[] {
  const replaced = new Set(over.map(({ name }) => name));
  return [...base.filter(({ name }) => !replaced.has(name)), ...over];
}
