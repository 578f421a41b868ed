/** Writes what placement could not place into the requests that asked for it; `commitPlacement` alone calls this. */
import type { WriteTx } from "./connect.ts";
import type { PlacementDecision, PlacingTask } from "./place-tasks.ts";

/** A task that cannot be placed is a line in the answer, not a task; its service looks what to do about it. */
export async function recordFailures(
  tx: WriteTx,
  failures: PlacementDecision["failures"],
  tasks: ReadonlyMap<string, PlacingTask>,
): Promise<void> {
  if (failures.length === 0) return;
  const byRequest = Map.groupBy(failures, ({ taskId }) => tasks.get(taskId)?.launchRequestId ?? "");
  const removed = await tx.query<{ id: string }>(
    `DELETE FROM tasks t USING task_state s
     WHERE s.task_id = t.id AND t.id = ANY($1) AND s.last_status = 'PLACING' RETURNING t.id`,
    [failures.map(({ taskId }) => taskId)],
  );
  const gone = new Set(removed.map(({ id }) => id));
  for (const id of gone) {
    const service = tasks.get(id)?.service;
    if (service) tx.bell("reconcileService", service.id);
  }
  const rows = [...byRequest].map(([id, list]) => ({
    id,
    failures: list
      .filter(({ taskId }) => gone.has(taskId))
      .map(({ instanceId, reason, detail }) => ({ instanceId, reason, detail })),
  }));
  await tx.query(
    `UPDATE launch_requests r SET failures = r.failures || f.failures
     FROM jsonb_to_recordset($1) AS f(id text, failures jsonb) WHERE r.id = f.id`,
    [JSON.stringify(rows)],
  );
}
