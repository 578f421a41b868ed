/** Rules about the order in which containers start. */
import type { ContainerDefinition, ContainerDependency } from "@roadstead/model/task-definition";
import { containerRule, firstError, oneOf, type Rule } from "../rule.ts";

const CONDITIONS = ["START", "COMPLETE", "SUCCESS", "HEALTHY"];

const targets = containerRule("dependency targets", ({ name, dependsOn = [] }, { containerDefinitions }) =>
  firstError(dependsOn, (dependency) => {
    const target = containerDefinitions.find((other) => other.name === dependency.containerName);
    if (!target) {
      return `Container '${name}' depends on '${dependency.containerName}', which does not exist in the task definition.`;
    }
    return conditionError(dependency, target);
  }),
);

function conditionError({ condition }: ContainerDependency, target: ContainerDefinition): string | null {
  const unknown = oneOf("container dependency condition", condition ?? "", CONDITIONS);
  if (unknown) return unknown;
  if ((condition === "COMPLETE" || condition === "SUCCESS") && target.essential) {
    return `Container '${target.name}' is essential. A dependency with condition ${condition} must be on a container that is not essential.`;
  }
  return condition === "HEALTHY" && !target.healthCheck
    ? `Container '${target.name}' has no health check. A dependency with condition HEALTHY requires one.`
    : null;
}

/** A link or shared volumes make a container start after its target, so they count as edges too. */
const edges = (container: ContainerDefinition): readonly string[] => [
  ...(container.dependsOn ?? []).map(({ containerName }) => containerName),
  ...(container.links ?? []).map((link) => link.split(":")[0] ?? ""),
  ...container.volumesFrom.map(({ sourceContainer }) => sourceContainer ?? ""),
];

const noCycles: Rule = {
  name: "no dependency cycles",
  check: ({ containerDefinitions }) => {
    let waiting = containerDefinitions;
    while (waiting.length > 0) {
      const names = new Set(waiting.map(({ name }) => name));
      const blocked = waiting.filter((container) => edges(container).some((target) => names.has(target)));
      if (blocked.length === waiting.length) {
        return `There is a circular dependency between containers: ${[...names].join(", ")}.`;
      }
      waiting = blocked;
    }
    return null;
  },
};

export const dependencyRules: readonly Rule[] = [targets, noCycles];
