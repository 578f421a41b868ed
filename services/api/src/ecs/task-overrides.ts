/** Checks RunTask's and StartTask's `overrides` against a definition and writes them as ECS answers them. */
import type { TaskOverride as WireOverride } from "@aws-sdk/client-ecs";
import type {
  EnvironmentFile,
  KeyValuePair,
  ResourceRequirement,
  TaskDefinition,
} from "@roadstead/model/task-definition";
import { present } from "./task-definition/present.ts";
import { firstError, type Rule } from "./task-definition/rule.ts";
import { containerRules } from "./task-definition/rules/containers.ts";
import { environmentRules } from "./task-definition/rules/environment.ts";
import { fargateRules } from "./task-definition/rules/fargate.ts";
import { identityRules } from "./task-definition/rules/identity.ts";
import { taskSizeRules } from "./task-definition/rules/task-size.ts";
import { cpuUnits, memoryMiB } from "./task-definition/sizes.ts";

const OVERRIDES_MAX_CHARACTERS = 8192;

export interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: readonly KeyValuePair[];
  readonly environmentFiles?: readonly EnvironmentFile[];
  readonly cpu?: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly resourceRequirements?: readonly ResourceRequirement[];
}

/** Lists every container of the definition by name, overridden or not. */
export interface TaskOverrides {
  readonly containerOverrides: readonly ContainerOverride[];
  readonly inferenceAcceleratorOverrides: readonly {
    readonly deviceName?: string;
    readonly deviceType?: string;
  }[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly executionRoleArn?: string;
  readonly taskRoleArn?: string;
  readonly ephemeralStorage?: { readonly sizeInGiB: number };
}

export type Overriding =
  | {
      readonly ok: true;
      readonly overrides: TaskOverrides;
      readonly definition: TaskDefinition;
    }
  | {
      readonly ok: false;
      readonly error: {
        readonly code: "InvalidParameterException" | "ClientException";
        readonly message: string;
      };
    };

/** `definition` in the answer is the one the task effectively runs with. */
export function effectiveOverrides(definition: TaskDefinition, given: WireOverride = {}): Overriding {
  if (JSON.stringify(given).length > OVERRIDES_MAX_CHARACTERS) {
    return refuse(`Overrides should be at most ${OVERRIDES_MAX_CHARACTERS} characters long.`);
  }
  const overrides = normalise(definition, given);
  const names = definition.containerDefinitions.map(({ name }) => name);
  for (const { name } of given.containerOverrides ?? []) {
    if (!name) return refuse("Override for container name should not be null or empty.");
    if (!names.includes(name))
      return refuse(`Override for container named ${name} is not a container in the TaskDefinition.`);
  }
  const effective = overridden(definition, overrides);
  const message = firstError(rulesFor(definition), (rule) => rule.check(effective));
  return message === null ? { ok: true, overrides, definition: effective } : refuse(message);
}

const refuse = (message: string): Overriding => ({
  ok: false,
  error: { code: "InvalidParameterException", message },
});

/** An override must leave a definition that could have been registered, for Fargate if it was made for Fargate. */
const rulesFor = ({ requiresCompatibilities = [] }: TaskDefinition): readonly Rule[] => [
  ...identityRules,
  ...containerRules,
  ...taskSizeRules,
  ...environmentRules,
  ...(requiresCompatibilities.includes("FARGATE") ? fargateRules : []),
];

function normalise(definition: TaskDefinition, given: WireOverride): TaskOverrides {
  const { containerOverrides = [], inferenceAcceleratorOverrides = [], ...rest } = given;
  const task = present(rest) as Omit<TaskOverrides, "containerOverrides" | "inferenceAcceleratorOverrides">;
  return {
    ...task,
    ...(task.cpu !== undefined && {
      cpu: String(cpuUnits(task.cpu) ?? task.cpu),
    }),
    ...(task.memory !== undefined && {
      memory: String(memoryMiB(task.memory) ?? task.memory),
    }),
    containerOverrides: definition.containerDefinitions.map(({ name }) => ({
      ...(present(containerOverrides.find((override) => override.name === name) ?? {}) as object),
      name,
    })),
    inferenceAcceleratorOverrides: present(
      inferenceAcceleratorOverrides,
    ) as TaskOverrides["inferenceAcceleratorOverrides"],
  };
}

/**
 * The definition with the overrides applied: environment is merged by name, everything else is replaced.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
 */
function overridden(definition: TaskDefinition, overrides: TaskOverrides): TaskDefinition {
  const { containerOverrides, inferenceAcceleratorOverrides: _, ...task } = overrides;
  return {
    ...definition,
    ...task,
    containerDefinitions: definition.containerDefinitions.map((container) => {
      const { environment = [], ...members } =
        containerOverrides.find(({ name }) => name === container.name) ?? {};
      const replaced = new Set(environment.map(({ name }) => name));
      return {
        ...container,
        ...members,
        environment: [...container.environment.filter(({ name }) => !replaced.has(name)), ...environment],
      };
    }),
  };
}
