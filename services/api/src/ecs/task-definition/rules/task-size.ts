/** Rules about CPU and memory of the task and its containers. */
import type { ContainerDefinition } from "@roadstead/model/task-definition";
import { containerRule, isWithin, type Rule } from "../rule.ts";

const TASK_CPU = { least: 128, most: 196_608 };
/** Docker refuses to start a container with less. */
const CONTAINER_MEMORY_LEAST_MIB = 6;
const TROUBLESHOOTING =
  "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

const taskCpu: Rule = {
  name: "task cpu",
  check: ({ cpu }) =>
    cpu === undefined || isWithin(Number(cpu || Number.NaN), TASK_CPU.least, TASK_CPU.most)
      ? null
      : `Invalid 'cpu' setting for task. ${TROUBLESHOOTING}`,
};

const taskMemory: Rule = {
  name: "task memory",
  check: ({ memory }) =>
    memory === undefined ||
    isWithin(Number(memory || Number.NaN), CONTAINER_MEMORY_LEAST_MIB, Number.MAX_SAFE_INTEGER)
      ? null
      : `Invalid 'memory' setting for task. ${TROUBLESHOOTING}`,
};

const containerCpu = containerRule("container cpu", ({ cpu, name }, task) => {
  if (cpu < 0) return `Invalid setting for container '${name}'. 'cpu' should not be negative.`;
  return task.cpu !== undefined && cpu > Number(task.cpu)
    ? "The 'cpu' setting for container is greater than for the task."
    : null;
});

const containerMemory = containerRule("container memory", (container, task) => {
  const { name, memory, memoryReservation } = container;
  if (memory === undefined && memoryReservation === undefined && task.memory === undefined) {
    return `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`;
  }
  for (const [what, value] of Object.entries({ memory, memoryReservation })) {
    if (value !== undefined && value < CONTAINER_MEMORY_LEAST_MIB) {
      return `Invalid setting for container '${name}'. '${what}' should be at least ${CONTAINER_MEMORY_LEAST_MIB} MiB.`;
    }
  }
  // The guide says "greater"; definitions with equal values are common and register on AWS.
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    return `Invalid setting for container '${name}'. The 'memory' setting must be greater than 'memoryReservation'.`;
  }
  return task.memory !== undefined && (memory ?? memoryReservation ?? 0) > Number(task.memory)
    ? "The 'memory' setting for container is greater than for the task."
    : null;
});

const sums: Rule = {
  name: "sum of container sizes",
  check: ({ cpu, memory, containerDefinitions }) => {
    const sum = (pick: (container: ContainerDefinition) => number) =>
      containerDefinitions.reduce((total, container) => total + pick(container), 0);
    if (cpu !== undefined && sum((c) => c.cpu) > Number(cpu)) {
      return "The sum of the 'cpu' settings for containers is greater than for the task.";
    }
    return memory !== undefined && sum((c) => c.memoryReservation ?? c.memory ?? 0) > Number(memory)
      ? "The sum of the 'memory' settings for containers is greater than for the task."
      : null;
  },
};

export const taskSizeRules: readonly Rule[] = [taskCpu, taskMemory, containerCpu, containerMemory, sums];
