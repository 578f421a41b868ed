/** Derives what is left of instances from the tasks on them; stops and renewed registrations call this. */
import type { WriteTx } from "./connect.ts";

/**
 * Sets what is free to the totals less what live tasks hold, never below zero: an instance that registered
 * again with less may have promised more than it now has. The caller holds the instances, so nothing is placed
 * on them meanwhile.
 */
export async function recountCapacity(tx: WriteTx, instanceIds: readonly string[]): Promise<void> {
  await tx.query(
    `WITH held AS (
       SELECT i.id, coalesce(sum((t.demand->>'cpu')::int), 0) AS cpu,
         coalesce(sum((t.demand->>'memoryMiB')::int), 0) AS memory
       FROM unnest($1::text[]) AS i(id)
       LEFT JOIN task_state s ON s.instance_id = i.id AND s.last_status <> 'STOPPED'
       LEFT JOIN tasks t ON t.id = s.task_id
       GROUP BY i.id
     )
     UPDATE container_instances i SET version = version + 1,
       cpu_free = greatest(0, cpu_total - h.cpu), memory_free = greatest(0, memory_total - h.memory)
     FROM held h WHERE i.id = h.id`,
    [instanceIds],
    "instances-recount",
  );
}
