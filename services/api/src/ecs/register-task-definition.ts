/** ecs:RegisterTaskDefinition. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html */
import {
  RegisterTaskDefinition$,
  type RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionRequest,
} from "@aws-sdk/client-ecs";
import { TASKS_PRINCIPAL } from "@roadstead/access/assume-role";
import { awsError } from "@roadstead/aws-protocol/errors";
import type { Scope } from "@roadstead/db/scopes";
import { insertTaskDefinition } from "@roadstead/db/task-definitions";
import { taskDefinitionArn } from "@roadstead/model/arn";
import { operation } from "../operation.ts";
import { passedRoleArn } from "./passed-role.ts";
import { renderTaskDefinition } from "./render/task-definition.ts";
import { registerableTaskDefinition } from "./task-definition/registerable.ts";

export const registerTaskDefinition = operation<RegisterTaskDefinitionCommand>(RegisterTaskDefinition$, {
  authorize: ({ input, ctx }) => [
    {
      action: "ecs:RegisterTaskDefinition",
      resource: taskDefinitionArn(ctx.scope, input.family || "*", "*"),
      context: conditionsOf(input),
    },
    ...passedRoles(ctx.scope, input).map((resource) => ({
      action: "iam:PassRole",
      resource,
      context: { "iam:PassedToService": TASKS_PRINCIPAL },
    })),
  ],
  async handle({ input, ctx }) {
    const registration = registerableTaskDefinition(input, ctx.scope);
    if (!registration.ok) throw awsError(registration.error.code, registration.error.message);
    const { definition, compatibilities, requiresAttributes } = registration;
    const tags = (input.tags ?? []).map(({ key, value }) => ({ key: key ?? "", value: value ?? "" }));
    const row = await ctx.db.write((tx) => {
      // Its first task will find a host that is up.
      if (definition.requiresCompatibilities?.includes("FARGATE"))
        tx.bell("provisionTasks", String(ctx.scope.id));
      return insertTaskDefinition(tx, {
        scopeId: ctx.scope.id,
        family: definition.family,
        definition,
        compatibilities,
        requiresAttributes,
        tags,
        registeredBy: ctx.caller.principal.arn,
      });
    });
    return { taskDefinition: renderTaskDefinition(ctx.scope, row), tags };
  },
});

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html */
function conditionsOf(input: RegisterTaskDefinitionRequest): Record<string, string | string[]> {
  const { requiresCompatibilities = [], containerDefinitions = [], cpu, memory } = input;
  return {
    ...(requiresCompatibilities.length > 0 && { "ecs:compute-compatibility": [...requiresCompatibilities] }),
    "ecs:privileged": containerDefinitions.some(({ privileged }) => privileged) ? "enabled" : "disabled",
    ...(cpu !== undefined && { "ecs:task-cpu": cpu }),
    ...(memory !== undefined && { "ecs:task-memory": memory }),
  };
}

function passedRoles(
  scope: Scope,
  { taskRoleArn, executionRoleArn }: RegisterTaskDefinitionRequest,
): string[] {
  const roles = [taskRoleArn, executionRoleArn].flatMap((role) => role || []);
  return [...new Set(roles.map((role) => passedRoleArn(scope, role)))];
}
