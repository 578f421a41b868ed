/** Rings services that wait for a machine: a new, returning or reactivated instance may be what they lack. */
import type { WriteTx } from "./connect.ts";

export async function bellWaitingServices(tx: WriteTx, instanceId: string): Promise<void> {
  const waiting = await tx.query<{ id: string }>(
    `SELECT s.id FROM services s JOIN container_instances i ON i.cluster_id = s.cluster_id
     WHERE i.id = $1 AND s.status = 'ACTIVE'
       AND (s.scheduling_strategy = 'DAEMON' OR (s.placement->>'attempts')::int > 0)`,
    [instanceId],
    "services-waiting",
  );
  for (const { id } of waiting) tx.bell("reconcileService", id);
}
