/** Rings services, and fleets' waiting tasks, for which something changed on a machine rather than with a task of theirs. */
import type { WriteTx } from "./connect.ts";

/** A new, returning or reactivated instance may be what they lack. */
export async function bellWaitingServices(tx: WriteTx, instanceId: string): Promise<void> {
  const waiting = await tx.query<{ id: string }>(
    `SELECT s.id FROM services s JOIN container_instances i ON i.cluster_id = s.cluster_id
     WHERE i.id = $1 AND s.status = 'ACTIVE'
       AND (s.scheduling_strategy = 'DAEMON' OR (s.placement->>'attempts')::int > 0)`,
    [instanceId],
    "services-waiting",
  );
  for (const { id } of waiting) tx.bell("reconcileService", id);
  const fleets = await tx.query<{ scopeId: number }>(
    `SELECT f.scope_id AS "scopeId" FROM fargate_fleets f JOIN container_instances i ON i.cluster_id = f.cluster_id
     WHERE i.id = $1`,
    [instanceId],
    "fleet-of-instance",
  );
  for (const { scopeId } of fleets) tx.bell("provisionTasks", String(scopeId));
}

/** A daemon's task leaves a draining instance last: it looks again whenever something else there has stopped. */
export async function bellDaemonsOf(tx: WriteTx, drainingInstanceIds: readonly string[]): Promise<void> {
  if (drainingInstanceIds.length === 0) return;
  const daemons = await tx.query<{ id: string }>(
    `SELECT DISTINCT v.id FROM task_state s JOIN services v ON v.id = s.service_id
     WHERE s.instance_id = ANY($1) AND s.last_status <> 'STOPPED' AND v.scheduling_strategy = 'DAEMON'`,
    [drainingInstanceIds],
    "daemons-of-instances",
  );
  for (const { id } of daemons) tx.bell("reconcileService", id);
}
