/** Finds the resource whose tags a request is about, by its ARN; the three tag operations share this. */

import { findCluster } from "@roadstead/db/clusters";
import type { ReadTx } from "@roadstead/db/connect";
import { findContainerInstances } from "@roadstead/db/container-instances";
import type { TaggedKind } from "@roadstead/db/resource-tags";
import type { Scope } from "@roadstead/db/scopes";
import { findService } from "@roadstead/db/services";
import { findTasks } from "@roadstead/db/tasks";
import { parseArn } from "@roadstead/model/arn";
import { ecsErrors } from "./errors.ts";
import { lookUpTaskDefinition } from "./references.ts";

export interface TaggedResource {
  readonly kind: TaggedKind;
  readonly id: string;
}

type Finder = (tx: Pick<ReadTx, "query">, scope: Scope, path: readonly string[]) => Promise<string | null>;

/** By resource type: the row's id for the parts of the ARN that follow it, null when there is none. */
const FINDERS: Readonly<Record<TaggedKind, Finder>> = {
  cluster: async (tx, scope, [name = ""]) => (await findCluster(tx, scope.id, name))?.id ?? null,
  service: inCluster(async (tx, cluster, name) => (await findService(tx, cluster, name))?.id),
  task: inCluster(async (tx, cluster, id) => (await findTasks(tx, cluster, [id]))[0]?.id),
  "container-instance": inCluster(
    async (tx, cluster, id) => (await findContainerInstances(tx, cluster, [id]))[0]?.id,
  ),
  "task-definition": async (tx, scope, [name = ""]) =>
    name.includes(":") ? ((await lookUpTaskDefinition(tx, scope, name))?.id ?? null) : null,
};

function inCluster(
  find: (tx: Pick<ReadTx, "query">, clusterId: string, name: string) => Promise<string | undefined>,
): Finder {
  return async (tx, scope, [clusterName = "", name]) => {
    if (name === undefined) throw ecsErrors.shortArnTagged();
    const cluster = await findCluster(tx, scope.id, clusterName);
    return (cluster && (await find(tx, cluster.id, name))) ?? null;
  };
}

const isTagged = (type: string): type is TaggedKind => Object.hasOwn(FINDERS, type);

export async function taggedResource(
  tx: Pick<ReadTx, "query">,
  scope: Scope,
  arn: string | undefined,
): Promise<TaggedResource> {
  const parsed = parseArn(arn ?? "");
  const [type = "", ...path] = parsed?.resource.split("/") ?? [];
  if (parsed?.service !== "ecs" || !isTagged(type) || path.length === 0 || path.length > 2) {
    throw ecsErrors.invalidIdentifier(arn ?? "");
  }
  const here = parsed.accountId === scope.accountId && parsed.region === scope.region;
  const id = here ? await FINDERS[type](tx, scope, path) : null;
  if (id === null) throw type === "cluster" ? ecsErrors.clusterNotFound() : ecsErrors.resourceNotFound();
  return { kind: type, id };
}
