/** Decides whether a task definition may be registered and what ECS would answer; RegisterTaskDefinition calls it. */
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import type { DerivedRequirements, TaskDefinition } from "@roadstead/model/task-definition";
import { compatibilitiesOf, requiredCompatibilities } from "./compatibilities.ts";
import { normalise } from "./normalise.ts";
import { requiresAttributes } from "./requires-attributes.ts";
import { firstError, type Rule } from "./rule.ts";
import { containerRules } from "./rules/containers.ts";
import { dependencyRules } from "./rules/dependencies.ts";
import { environmentRules } from "./rules/environment.ts";
import { identityRules, totalSize } from "./rules/identity.ts";
import { loggingRules } from "./rules/logging.ts";
import { networkRules } from "./rules/network.ts";
import { tagsError } from "./rules/tags.ts";
import { taskSizeRules } from "./rules/task-size.ts";
import { volumeRules } from "./rules/volumes.ts";

/** Checked in this order; the first breach is the answer. */
export const REGISTRATION_RULES: readonly Rule[] = [
  ...identityRules,
  totalSize,
  ...containerRules,
  ...taskSizeRules,
  ...networkRules,
  ...volumeRules,
  ...environmentRules,
  ...loggingRules,
  ...dependencyRules,
  requiredCompatibilities,
];

export interface RegistrationContext {
  readonly accountId: string;
  readonly region: string;
  /** Answers what is wrong with a cluster query expression, or null. */
  readonly expressionError?: (expression: string) => string | null;
}

export type Registration =
  | ({
      readonly ok: true;
      readonly definition: TaskDefinition;
    } & DerivedRequirements)
  | {
      readonly ok: false;
      readonly error: {
        readonly code: "ClientException" | "InvalidParameterException";
        readonly message: string;
      };
    };

export function registerableTaskDefinition(
  input: RegisterTaskDefinitionCommandInput,
  context: RegistrationContext,
): Registration {
  const definition = normalise(input);
  const message =
    firstError(REGISTRATION_RULES, (rule) => rule.check(definition)) ?? expressionsError(definition, context);
  if (message !== null) return { ok: false, error: { code: "ClientException", message } };
  const tags = tagsError(input.tags ?? []);
  if (tags !== null)
    return {
      ok: false,
      error: { code: "InvalidParameterException", message: tags },
    };
  return {
    ok: true,
    definition,
    compatibilities: compatibilitiesOf(definition),
    requiresAttributes: requiresAttributes(definition),
  };
}

const expressionsError = (
  { placementConstraints }: TaskDefinition,
  { expressionError }: RegistrationContext,
) =>
  expressionError
    ? firstError(placementConstraints, ({ expression = "" }) => expressionError(expression))
    : null;
