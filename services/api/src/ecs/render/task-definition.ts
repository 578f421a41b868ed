/** A task definition as ECS answers it; register, describe and deregister share this. */
import type { TaskDefinition as SdkTaskDefinition } from "@aws-sdk/client-ecs";
import type { Scope } from "@roadstead/db/scopes";
import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import { taskDefinitionArn } from "@roadstead/model/arn";

/** The stored definition is the answer already; only the revision's identity is added. */
export function renderTaskDefinition(scope: Scope, row: TaskDefinitionRow): SdkTaskDefinition {
  return {
    ...(row.definition as unknown as SdkTaskDefinition),
    taskDefinitionArn: taskDefinitionArn(scope, row.family, row.revision),
    revision: row.revision,
    status: row.status,
    requiresAttributes: [...row.requiresAttributes],
    compatibilities: [...row.compatibilities] as NonNullable<SdkTaskDefinition["compatibilities"]>,
    registeredAt: row.registeredAt,
    registeredBy: row.registeredBy,
    ...(row.deregisteredAt && { deregisteredAt: row.deregisteredAt }),
  };
}
