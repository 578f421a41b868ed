/** Resolves what callers write for a service, and says what its operations must be allowed to do. */
import type { NetworkConfiguration } from "@aws-sdk/client-ecs";
import type { ReadTx } from "@roadstead/db/connect";
import type { Scope } from "@roadstead/db/scopes";
import { findService, type ServiceRow } from "@roadstead/db/services";
import type { TaskDefinitionRow } from "@roadstead/db/task-definitions";
import { clusterArn, serviceArn, taskDefinitionArn } from "@roadstead/model/arn";
import { ecsErrors } from "./errors.ts";
import { passRoleAuthorizations } from "./launch.ts";
import { networkContext } from "./network-input.ts";
import { clusterName, idInCluster } from "./references.ts";

const SERVICE_NAME = /^[A-Za-z0-9_-]{1,255}$/;

export function checkedServiceName(name: string): string {
  if (!SERVICE_NAME.test(name)) throw ecsErrors.invalidServiceName();
  return name;
}

/** The name a `service` argument means within its cluster. */
export const serviceName = (scope: Scope, cluster: string, reference: string | undefined): string =>
  checkedServiceName(idInCluster(scope, cluster, "service", reference ?? ""));

/** One service of the request's cluster, whether or not it exists. */
export function serviceAuthorization(
  scope: Scope,
  action: string,
  { cluster, service }: { readonly cluster?: string | undefined; readonly service?: string | undefined },
) {
  const name = clusterName(scope, cluster);
  return {
    action,
    resource: serviceArn(scope, name, serviceName(scope, name, service)),
    context: { "ecs:cluster": clusterArn(scope, name) },
  };
}

/** What making or changing a service needs: the service itself, and the roles of a revision that it is to run. */
export function changeAuthorizations(
  scope: Scope,
  service: ReturnType<typeof serviceAuthorization>,
  revision: TaskDefinitionRow | null,
  input: {
    readonly enableExecuteCommand?: boolean | undefined;
    readonly enableECSManagedTags?: boolean | undefined;
    readonly propagateTags?: string | undefined;
    readonly networkConfiguration?: NetworkConfiguration | undefined;
  },
) {
  const said = Object.entries({
    "ecs:enable-execute-command": input.enableExecuteCommand,
    "ecs:enable-ecs-managed-tags": input.enableECSManagedTags,
    "ecs:propagate-tags": input.propagateTags,
    "ecs:task-cpu": revision?.definition.cpu,
    "ecs:task-memory": revision?.definition.memory,
    "ecs:task-definition": revision && taskDefinitionArn(scope, revision.family, revision.revision),
  }).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [[key, String(value)] as const],
  );
  return [
    {
      ...service,
      context: {
        ...service.context,
        ...Object.fromEntries(said),
        ...networkContext(input.networkConfiguration),
      },
    },
    ...(revision ? passRoleAuthorizations(scope, revision, undefined) : []),
  ];
}

/** The service a read is about: the one that has the name, else the last that had it. */
export async function knownService(
  tx: Pick<ReadTx, "query">,
  scope: Scope,
  cluster: { readonly id: string; readonly name: string },
  reference: string | undefined,
): Promise<ServiceRow> {
  const row = await findService(tx, cluster.id, serviceName(scope, cluster.name, reference));
  if (!row) throw ecsErrors.serviceNotFound();
  return row;
}
