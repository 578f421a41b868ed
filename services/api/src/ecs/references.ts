/** Resolves what callers write (short names, ids, ARNs) to rows, with AWS's errors for what does not resolve. */
import type { Authorization } from "@roadstead/aws-protocol/operation";
import type { ClusterRow } from "@roadstead/db/clusters";
import { findCluster } from "@roadstead/db/clusters";
import type { ReadTx } from "@roadstead/db/connect";
import type { Scope } from "@roadstead/db/scopes";
import { findTaskDefinition, type TaskDefinitionRow } from "@roadstead/db/task-definitions";
import {
  clusterArn,
  containerInstanceArn,
  type Place,
  parseCluster,
  parseClusterScoped,
  parseTaskDefinition,
} from "@roadstead/model/arn";
import { ecsErrors } from "./errors.ts";

/** A request that names no cluster means this one; it is never made implicitly. */
export const DEFAULT_CLUSTER = "default";
export const CLUSTER_NAME = /^[A-Za-z0-9_-]{1,255}$/;

const elsewhere = (place: Place | null, scope: Scope) =>
  place !== null && (place.accountId !== scope.accountId || place.region !== scope.region);

/** The short name a `cluster` argument means. */
export function clusterName(scope: Scope, reference: string | undefined): string {
  const parsed = parseCluster(reference || DEFAULT_CLUSTER);
  if (!parsed) throw ecsErrors.invalidClusterIdentifier(reference ?? "");
  if (elsewhere(parsed.place, scope)) throw ecsErrors.clusterNotFound();
  // Rows of deleted clusters keep names that nobody can write.
  if (!CLUSTER_NAME.test(parsed.name)) throw ecsErrors.invalidClusterIdentifier(reference ?? "");
  return parsed.name;
}

/** The ARN an authorisation names, whether or not the cluster exists. */
export const clusterArnOf = (scope: Scope, reference: string | undefined) =>
  clusterArn(scope, clusterName(scope, reference));

/** The ACTIVE cluster a request is about. */
export async function activeCluster(
  tx: Pick<ReadTx, "query">,
  scope: Scope,
  reference: string | undefined,
): Promise<ClusterRow> {
  const cluster = await findCluster(tx, scope.id, clusterName(scope, reference));
  if (!cluster) throw ecsErrors.clusterNotFound();
  if (cluster.status !== "ACTIVE") throw ecsErrors.clusterInactive();
  return cluster;
}

/** The id part of a task's, container instance's or service's reference, checked against the cluster of the request. */
export function idInCluster(
  scope: Scope,
  cluster: string,
  type: "task" | "container-instance" | "service",
  reference: string,
): string {
  const parsed = parseClusterScoped(reference, type);
  if (parsed.kind === "malformed") throw ecsErrors.invalidIdentifier(reference);
  if (parsed.kind === "id") return parsed.id;
  if (elsewhere(parsed.place, scope)) throw ecsErrors.invalidIdentifier(reference);
  if (parsed.cluster !== null && parsed.cluster !== cluster) {
    throw ecsErrors.wrongCluster(parsed.cluster, cluster);
  }
  return parsed.id;
}

const REVISION = /^[1-9][0-9]{0,8}$/;

/** A revision by `family`, `family:revision` or ARN; null when there is none. A bare family means the latest ACTIVE one. */
export async function lookUpTaskDefinition(
  tx: Pick<ReadTx, "query">,
  scope: Scope,
  reference: string,
): Promise<TaskDefinitionRow | null> {
  const parsed = parseTaskDefinition(reference);
  if (!parsed || elsewhere(parsed.place, scope)) return null;
  if (parsed.revision !== null && !REVISION.test(parsed.revision)) return null;
  const revision = parsed.revision === null ? null : Number(parsed.revision);
  return findTaskDefinition(tx, { scopeId: scope.id, family: parsed.family, revision });
}

/** The revision new work is to use: it must exist and be ACTIVE. */
export async function usableTaskDefinition(
  tx: Pick<ReadTx, "query">,
  scope: Scope,
  reference: string,
): Promise<TaskDefinitionRow> {
  const row = await lookUpTaskDefinition(tx, scope, reference);
  if (!row) throw ecsErrors.taskDefinitionNotFound();
  if (row.status !== "ACTIVE") throw ecsErrors.taskDefinitionInactive();
  return row;
}

/** One for each container instance that a request names. */
export function instanceAuthorizations(
  scope: Scope,
  action: string,
  input: { readonly cluster?: string | undefined; readonly containerInstances?: string[] | undefined },
): readonly Authorization[] {
  const cluster = clusterName(scope, input.cluster);
  return (input.containerInstances ?? []).map((reference) => ({
    action,
    resource: containerInstanceArn(
      scope,
      cluster,
      idInCluster(scope, cluster, "container-instance", reference),
    ),
    context: { "ecs:cluster": clusterArn(scope, cluster) },
  }));
}
