/** Services: their rows, and the changes that the api makes to them; the deployer carries them out. */

import type { Tag } from "@roadstead/model/container-instance";
import type { LaunchType } from "@roadstead/model/task";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { ServiceDetails } from "./schema/service.ts";
import { beginDeployment, stopServiceDeployments } from "./service-deployments.ts";

export type ServiceStatus = "ACTIVE" | "DRAINING" | "INACTIVE";
export type SchedulingStrategy = "REPLICA" | "DAEMON";

const GONE_KEPT_HOURS = 24;
const GONE_REMOVED_MAX = 100;

export interface ServiceRow {
  readonly id: string;
  readonly clusterId: string;
  readonly name: string;
  readonly status: ServiceStatus;
  readonly schedulingStrategy: SchedulingStrategy;
  readonly launchType: LaunchType;
  readonly desiredCount: number;
  readonly taskDefinitionId: string;
  readonly family: string;
  readonly revision: number;
  readonly details: ServiceDetails;
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  readonly requestHash: string;
  readonly createdBy: string | null;
  readonly createdAt: Date;
}

// Definitions are looked up by service: the planner may otherwise read all there are, and they only grow in number.
const SELECT = `SELECT s.id, s.cluster_id AS "clusterId", s.name, s.status,
  s.scheduling_strategy AS "schedulingStrategy", s.launch_type AS "launchType", s.desired_count AS "desiredCount",
  s.task_definition_id AS "taskDefinitionId", t.family, t.revision, s.details, s.tags,
  s.enable_execute_command AS "enableExecuteCommand", s.request_hash AS "requestHash", s.created_by AS "createdBy",
  s.created_at AS "createdAt" FROM services s
  CROSS JOIN LATERAL (SELECT family, revision FROM task_definitions WHERE id = s.task_definition_id LIMIT 1) t`;

/** Services of a cluster by name: the one that holds the name, else the one that gave it back last. */
export async function findServices(
  tx: Pick<ReadTx, "query">,
  clusterId: string,
  names: readonly string[],
): Promise<readonly ServiceRow[]> {
  const held = await tx.query<ServiceRow>(
    `${SELECT} WHERE s.cluster_id = $1 AND s.name = ANY($2) AND s.status <> 'INACTIVE'`,
    [clusterId, names],
    "services-find",
  );
  const found = new Set(held.map(({ name }) => name));
  const others = names.filter((name) => !found.has(name));
  if (others.length === 0) return held;
  // What gave its name back is in no index by name, and is asked for seldom.
  const gone = await tx.query<ServiceRow>(
    `SELECT DISTINCT ON (f.name) f.* FROM (
       ${SELECT} WHERE s.cluster_id = $1 AND s.name = ANY($2) AND s.status = 'INACTIVE') f
     ORDER BY f.name, f."createdAt" DESC`,
    [clusterId, others],
    "services-find-gone",
  );
  return [...held, ...gone];
}

export async function findService(
  tx: Pick<ReadTx, "query">,
  clusterId: string,
  name: string,
): Promise<ServiceRow | null> {
  const [row] = await findServices(tx, clusterId, [name]);
  return row ?? null;
}

/** Holds the service that has the name; null when none has. What is joined is read once the row is held. */
export async function lockService(tx: WriteTx, clusterId: string, name: string): Promise<ServiceRow | null> {
  const [row] = await tx.query<{ id: string }>(
    "SELECT id FROM services WHERE cluster_id = $1 AND name = $2 AND status <> 'INACTIVE' FOR NO KEY UPDATE",
    [clusterId, name],
  );
  return row ? readService(tx, row.id) : null;
}

async function readService(tx: Pick<ReadTx, "query">, id: string): Promise<ServiceRow> {
  const [row] = await tx.query<ServiceRow>(`${SELECT} WHERE s.id = $1`, [id]);
  if (!row) throw new Error(`service ${id} vanished`);
  return row;
}

/** A service with the name of its cluster, for what is named by an ARN alone. */
export interface ServiceOfArn extends ServiceRow {
  readonly clusterName: string;
}

export const findServicesOfScope = (tx: Pick<ReadTx, "query">, scopeId: number, ids: readonly string[]) =>
  tx.query<ServiceOfArn>(
    `SELECT f.*, c.name AS "clusterName" FROM (${SELECT} WHERE s.scope_id = $1 AND s.id = ANY($2)) f
     JOIN clusters c ON c.id = f."clusterId"`,
    [scopeId, ids],
  );

export interface NewService {
  readonly scopeId: number;
  readonly clusterId: string;
  readonly name: string;
  readonly schedulingStrategy: SchedulingStrategy;
  readonly launchType: LaunchType;
  readonly desiredCount: number;
  readonly taskDefinitionId: string;
  readonly details: ServiceDetails;
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  readonly clientToken: string | null;
  readonly requestHash: string;
  readonly createdBy: string;
}

/**
 * `exists`: the token was used for this very request, or not (`same`), by a service that is there.
 * `taken`: another service has the name.
 */
export type CreatedService =
  | { readonly kind: "created"; readonly service: ServiceRow }
  | { readonly kind: "exists"; readonly service: ServiceRow; readonly same: boolean }
  | { readonly kind: "taken"; readonly status: ServiceStatus };

/** Makes a service with its first deployment and wakes the deployer. The cluster row must be held by the caller. */
export async function createService(tx: WriteTx, service: NewService): Promise<CreatedService> {
  if (service.clientToken !== null) {
    // A service that is gone gives its token back, as it does its name.
    await tx.query(
      `UPDATE services SET client_token = NULL WHERE cluster_id = $1 AND client_token = $2 AND status = 'INACTIVE'`,
      [service.clusterId, service.clientToken],
    );
  }
  await forgetGoneServices(tx, service.clusterId);
  const id = await insertService(tx, service);
  if (id === null) return existing(tx, service);
  await beginDeployment(tx, { ...service, serviceId: id });
  tx.bell("reconcileService", id);
  return { kind: "created", service: await readService(tx, id) };
}

/** Services that ended are described for a while, so that who deleted them can see it; then whoever makes one removes them. */
const forgetGoneServices = (tx: WriteTx, clusterId: string) =>
  tx.query(
    `DELETE FROM services WHERE id IN (
       SELECT id FROM services
       WHERE cluster_id = $1 AND status = 'INACTIVE' AND deactivated_at < now() - make_interval(hours => $2)
       LIMIT $3 FOR UPDATE SKIP LOCKED)`,
    [clusterId, GONE_KEPT_HOURS, GONE_REMOVED_MAX],
  );

async function insertService(tx: WriteTx, service: NewService): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>(
    `INSERT INTO services (id, scope_id, cluster_id, name, status, scheduling_strategy, launch_type, desired_count,
       task_definition_id, details, tags, enable_execute_command, client_token, request_hash, created_by)
     VALUES ($1, $2, $3, $4, 'ACTIVE', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      newId(),
      service.scopeId,
      service.clusterId,
      service.name,
      service.schedulingStrategy,
      service.launchType,
      service.desiredCount,
      service.taskDefinitionId,
      JSON.stringify(service.details),
      JSON.stringify(service.tags),
      service.enableExecuteCommand,
      service.clientToken,
      service.requestHash,
      service.createdBy,
    ],
  );
  return row?.id ?? null;
}

async function existing(tx: WriteTx, service: NewService): Promise<CreatedService> {
  if (service.clientToken !== null) {
    const [earlier] = await tx.query<ServiceRow>(
      `${SELECT} WHERE s.cluster_id = $1 AND s.client_token = $2`,
      [service.clusterId, service.clientToken],
    );
    if (earlier)
      return { kind: "exists", service: earlier, same: earlier.requestHash === service.requestHash };
  }
  const [holder] = await findServices(tx, service.clusterId, [service.name]);
  return { kind: "taken", status: holder?.status ?? "DRAINING" };
}

export interface ServiceChange {
  readonly desiredCount: number;
  readonly taskDefinitionId: string;
  readonly details: ServiceDetails;
  readonly enableExecuteCommand: boolean;
  /** Whether the tasks are to be replaced. */
  readonly newDeployment: boolean;
}

/** Writes what a held service is to be from now on. Whatever changes, it is not steady until the deployer says so. */
export async function updateService(
  tx: WriteTx,
  held: ServiceRow,
  change: ServiceChange,
): Promise<ServiceRow> {
  await tx.query(
    `UPDATE services SET desired_count = $2, task_definition_id = $3, details = $4, enable_execute_command = $5,
       steady_at = NULL, placement = '{"failedAtMs": null, "attempts": 0}', version = version + 1
     WHERE id = $1`,
    [
      held.id,
      change.desiredCount,
      change.taskDefinitionId,
      JSON.stringify(change.details),
      change.enableExecuteCommand,
    ],
  );
  if (change.newDeployment) {
    await beginDeployment(tx, {
      serviceId: held.id,
      taskDefinitionId: change.taskDefinitionId,
      launchType: held.launchType,
      desiredCount: change.desiredCount,
      details: change.details,
    });
  } else if (change.desiredCount !== held.desiredCount) {
    await setPrimaryCount(tx, held.id, change.desiredCount);
  }
  tx.bell("reconcileService", held.id);
  return readService(tx, held.id);
}

const setPrimaryCount = (tx: WriteTx, serviceId: string, count: number) =>
  tx.query(
    `UPDATE service_deployments SET desired_count = $2, updated_at = now()
     WHERE service_id = $1 AND status = 'PRIMARY'`,
    [serviceId, count],
  );

/** Lets a held service drain: the deployer stops its tasks and makes it INACTIVE. */
export async function deleteService(tx: WriteTx, held: ServiceRow): Promise<ServiceRow> {
  await tx.query(
    `UPDATE services SET status = 'DRAINING', desired_count = 0, steady_at = NULL, version = version + 1 WHERE id = $1`,
    [held.id],
  );
  await setPrimaryCount(tx, held.id, 0);
  await stopServiceDeployments(tx, held.id, "The service was deleted.");
  tx.bell("reconcileService", held.id);
  return readService(tx, held.id);
}

export interface ServicePage {
  readonly clusterId: string;
  readonly launchType: string | null;
  readonly schedulingStrategy: string | null;
  readonly afterName: string;
  readonly limit: number;
}

/** ACTIVE services in name order. */
export const listServiceNames = (tx: Pick<ReadTx, "query">, page: ServicePage) =>
  tx.query<{ name: string }>(
    `SELECT name FROM services
     WHERE cluster_id = $1 AND status = 'ACTIVE' AND name COLLATE "C" > $2
       AND ($3::text IS NULL OR launch_type = $3) AND ($4::text IS NULL OR scheduling_strategy = $4)
     ORDER BY name COLLATE "C" LIMIT $5`,
    [page.clusterId, page.afterName, page.launchType, page.schedulingStrategy, page.limit],
  );

/** Wakes the deployer for every service with a live task on one of the instances. */
export async function bellServicesOfInstances(tx: WriteTx, instanceIds: readonly string[]): Promise<void> {
  const rows = await tx.query<{ serviceId: string }>(
    `SELECT DISTINCT service_id AS "serviceId" FROM task_state
     WHERE instance_id = ANY($1) AND last_status <> 'STOPPED' AND service_id IS NOT NULL`,
    [instanceIds],
  );
  for (const { serviceId } of rows) tx.bell("reconcileService", serviceId);
}
