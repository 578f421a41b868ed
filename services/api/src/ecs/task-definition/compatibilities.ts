/** Decides on which launch types a definition can run, and why not; registration answers and enforces it. */

import type { LaunchType } from "@roadstead/model/task";
import type { TaskDefinition } from "@roadstead/model/task-definition";
import { firstError, type Rule } from "./rule.ts";
import { fargateRules } from "./rules/fargate.ts";
import { ec2Rules, externalRules, managedInstancesRules } from "./rules/other-launch-types.ts";

/** In the order ECS lists them. */
const RULES: Readonly<Record<LaunchType, readonly Rule[]>> = {
  EXTERNAL: externalRules,
  EC2: ec2Rules,
  FARGATE: fargateRules,
  MANAGED_INSTANCES: managedInstancesRules,
};
const LAUNCH_TYPES = Object.keys(RULES) as readonly LaunchType[];

export const compatibilitiesOf = (definition: TaskDefinition): readonly LaunchType[] =>
  LAUNCH_TYPES.filter((launchType) => obstacle(definition, launchType) === null);

/** `requiresCompatibilities` asks for validation only: the first launch type that fails names its reason. */
export const requiredCompatibilities: Rule = {
  name: "required compatibilities",
  check: (definition) =>
    firstError(definition.requiresCompatibilities ?? [], (launchType) => obstacle(definition, launchType)),
};

const obstacle = (definition: TaskDefinition, launchType: LaunchType): string | null =>
  firstError(RULES[launchType], (rule) => rule.check(definition));
