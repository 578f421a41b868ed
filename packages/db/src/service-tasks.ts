/** What tasks' changes mean for their services: who is rung, and how a deployment's starts are counted. */
import { hasReached, type TaskState } from "@roadstead/model/task-transition";
import type { WriteTx } from "./connect.ts";

export interface ServiceTaskChange {
  readonly serviceId: string | null;
  readonly deploymentId: string | null;
  readonly before: TaskState;
  readonly after: TaskState;
}

/** Rings each service once whose task runs, stops, is to stop, or changed its health. */
export function bellServicesOfTasks(tx: WriteTx, changes: readonly ServiceTaskChange[]): void {
  const concerned = changes.filter(
    ({ before, after }) =>
      before.desiredStatus !== after.desiredStatus ||
      before.healthStatus !== after.healthStatus ||
      hasRun(before) !== hasRun(after) ||
      isGoing(before) !== isGoing(after) ||
      hasStopped({ before, after }),
  );
  const services = new Set(concerned.flatMap(({ serviceId }) => serviceId ?? []));
  for (const serviceId of services) tx.bell("reconcileService", serviceId);
}

/**
 * Counts tasks that stopped before they ran, unless somebody wanted them to; one that runs shows that the
 * deployment can start tasks. Of a deployment that is under way every task that ended by itself has failed.
 * Deployments are locked after tasks and instances, by id.
 */
export async function countStarts(tx: WriteTx, changes: readonly ServiceTaskChange[]): Promise<void> {
  const counts = [...Map.groupBy(changes, ({ deploymentId }) => deploymentId)]
    .map(([id, list]) => ({
      id,
      ended: list.filter(endedByItself).length,
      unstarted: list.filter((change) => endedByItself(change) && !hasRun(change.after)).length,
      started: list.some(({ before, after }) => !hasRun(before) && hasRun(after)),
    }))
    .filter(({ id, ended, started }) => id !== null && (ended > 0 || started));
  if (counts.length === 0) return;
  const ids = counts.map(({ id }) => id);
  await tx.query(
    "SELECT 1 FROM service_deployments WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    [ids],
    "deployments-lock",
  );
  await tx.query(
    `UPDATE service_deployments d SET
       failed_tasks = d.failed_tasks + CASE WHEN d.rollout_state = 'IN_PROGRESS' THEN c.ended ELSE 0 END,
       start_failures = CASE WHEN c.started THEN 0 ELSE d.start_failures + c.unstarted END,
       last_start_failure_at = CASE WHEN c.unstarted > 0 THEN now() ELSE d.last_start_failure_at END
     FROM unnest($1::text[], $2::int[], $3::int[], $4::boolean[]) AS c(id, ended, unstarted, started)
     WHERE d.id = c.id AND (c.unstarted > 0 OR (c.started AND d.start_failures > 0)
       OR (c.ended > 0 AND d.rollout_state = 'IN_PROGRESS'))`,
    [
      ids,
      counts.map(({ ended }) => ended),
      counts.map(({ unstarted }) => unstarted),
      counts.map(({ started }) => started),
    ],
    "deployments-count-starts",
  );
}

const hasRun = ({ startedAt }: TaskState) => startedAt !== null;

/** From STOPPING on its deployment no longer counts it. */
const isGoing = ({ lastStatus }: TaskState) => hasReached(lastStatus, "STOPPING");

const hasStopped = ({ before, after }: Pick<ServiceTaskChange, "before" | "after">) =>
  before.lastStatus !== "STOPPED" && after.lastStatus === "STOPPED";

const endedByItself = (change: ServiceTaskChange) =>
  hasStopped(change) &&
  change.after.stopCode !== "UserInitiated" &&
  change.after.stopCode !== "ServiceSchedulerInitiated";
