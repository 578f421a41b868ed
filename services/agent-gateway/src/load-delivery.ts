/** Reads what an agent has yet to hear of, what it should run, and what it may stop; sessions call it. */
import type { ReadTx } from "@roadstead/db/connect";
import { IS_DRAINING } from "@roadstead/db/task-targets";
import type { DesiredStatus, LaunchType, TaskContainer } from "@roadstead/model/task";
import type { TaskDefinition } from "@roadstead/model/task-definition";
import type { TaskInterface } from "@roadstead/model/task-network";
import type { RevisionImage } from "./decide/agent-image.ts";
import type { TaskOverrides } from "./decide/apply-overrides.ts";

/** Definitions never change, so those lately delivered are kept. */
const DEFINITIONS_MAX = 500;

/** A task as its ARN names it: its cluster need not be its instance's, which it is not on a fleet's host. */
export interface NamedTask {
  readonly id: string;
  readonly clusterName: string;
}

export const CLUSTER_NAME = `(SELECT c.name FROM clusters c WHERE c.id = s.cluster_id) AS "clusterName"`;

export interface Assignment extends NamedTask {
  readonly taskDefinitionId: string;
  readonly family: string;
  readonly revision: number;
  readonly launchType: LaunchType;
  readonly group: string;
  readonly cpu: string | null;
  readonly memory: string | null;
  readonly overrides: TaskOverrides;
  readonly declaredContainers: readonly TaskContainer[];
  readonly enableExecuteCommand: boolean;
  readonly desiredStatus: DesiredStatus;
  /** Of a task in awsvpc mode. */
  readonly networkInterface: TaskInterface | null;
  /** Null for a task of no deployment. */
  readonly revisionImages: readonly RevisionImage[] | null;
}

/** `id:desired status`: what a payload says, and what its acknowledgement means. */
export const assignmentKey = (task: Pick<Assignment, "id" | "desiredStatus">) =>
  `${task.id}:${task.desiredStatus}`;

/** Assignments not acknowledged in this epoch, without those `inFlight`, oldest first; of one that drains there is no news yet. */
export const loadUndelivered = (
  tx: Pick<ReadTx, "query">,
  session: { readonly instanceId: string; readonly epoch: number },
  options: { readonly inFlight: readonly string[]; readonly limit: number },
) =>
  tx.query<Assignment>(
    `SELECT t.id, ${CLUSTER_NAME}, t.task_definition_id AS "taskDefinitionId", t.family, d.revision, t.launch_type AS "launchType",
       t.task_group AS "group", t.cpu, t.memory, t.overrides, t.containers AS "declaredContainers",
       t.enable_execute_command AS "enableExecuteCommand", s.desired_status AS "desiredStatus",
       s.network_interface AS "networkInterface", r.container_images AS "revisionImages"
     FROM task_state s JOIN tasks t ON t.id = s.task_id JOIN task_definitions d ON d.id = t.task_definition_id
       LEFT JOIN service_deployments p ON p.id = t.deployment_id
       LEFT JOIN service_revisions r ON r.id = p.revision_id
     WHERE s.instance_id = $1 AND s.last_status <> 'STOPPED' AND s.delivered_epoch IS DISTINCT FROM $2
       AND s.task_id || ':' || s.desired_status <> ALL ($3::text[]) AND NOT ${IS_DRAINING}
     ORDER BY t.id LIMIT $4`,
    [session.instanceId, session.epoch, options.inFlight, options.limit],
    "gateway-undelivered",
  );

export interface DefinitionCache {
  /** Every definition asked for; missing ones do not exist. */
  load(tx: Pick<ReadTx, "query">, ids: readonly string[]): Promise<ReadonlyMap<string, TaskDefinition>>;
}

export function createDefinitionCache(): DefinitionCache {
  const cached = new Map<string, TaskDefinition>();
  return {
    async load(tx, ids) {
      const found = new Map<string, TaskDefinition>();
      const missing = new Set<string>();
      for (const id of ids) {
        const definition = cached.get(id);
        if (definition) found.set(id, definition);
        else missing.add(id);
      }
      if (missing.size === 0) return found;
      const rows = await tx.query<{ id: string; definition: TaskDefinition }>(
        "SELECT id, definition FROM task_definitions WHERE id = ANY($1)",
        [[...missing]],
        "gateway-definitions",
      );
      if (cached.size + rows.length > DEFINITIONS_MAX) cached.clear();
      for (const { id, definition } of rows) {
        found.set(id, definition);
        cached.set(id, definition);
      }
      return found;
    },
  };
}

const IS_WANTED = `(s.desired_status = 'RUNNING' OR ${IS_DRAINING})`;

/** What the agent should be running: everything else it has, it may stop. */
export const loadWanted = (tx: Pick<ReadTx, "query">, instanceId: string) =>
  tx.query<NamedTask>(
    `SELECT s.task_id AS id, ${CLUSTER_NAME} FROM task_state s
     WHERE s.instance_id = $1 AND s.last_status <> 'STOPPED' AND ${IS_WANTED} ORDER BY s.task_id`,
    [instanceId],
    "gateway-wanted",
  );

/** Those of `ids` that this instance should be running. */
export const wantedOf = (tx: Pick<ReadTx, "query">, instanceId: string, ids: readonly string[]) =>
  tx.query<NamedTask>(
    `SELECT s.task_id AS id, ${CLUSTER_NAME} FROM task_state s
     WHERE s.instance_id = $1 AND s.task_id = ANY($2) AND s.last_status <> 'STOPPED' AND ${IS_WANTED}`,
    [instanceId, ids],
    "gateway-wanted-of",
  );
