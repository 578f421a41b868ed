/** Logs that a container instance changed, in the transaction that changed it; whoever writes an instance calls this. */
import type { WriteTx } from "./connect.ts";

/** One row per instance and version, as it stands now; nothing is told of a fleet's hosts. */
export async function recordInstanceEvents(tx: WriteTx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `INSERT INTO events (scope_id, kind, object_id, version, detail)
     SELECT i.scope_id, 'container-instance', i.id, i.version,
       jsonb_build_object('status', i.status, 'agentConnected', i.agent_connected, 'cpuFree', i.cpu_free,
         'memoryFree', i.memory_free)
     FROM container_instances i WHERE i.id = ANY($1)
       AND i.cluster_id NOT IN (SELECT cluster_id FROM fargate_fleets)
       AND NOT EXISTS (SELECT 1 FROM events e WHERE e.object_id = i.id AND e.version = i.version)`,
    [ids],
    "instance-events",
  );
}
