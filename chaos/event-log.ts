/** Reads what the stack's log of events says of the tasks of one family; task-log.ts judges it. */
import { askPostgres } from "./sql.ts";
import type { TaskEvent } from "./task-log.ts";

interface EventRow {
  readonly taskId: string;
  readonly deploymentId: string | null;
  readonly version: number;
  readonly detail: {
    readonly desiredStatus: string;
    readonly lastStatus: string;
    readonly stopCode?: string;
  };
  readonly atMs: number;
  readonly createdAtMs: number;
}

/** In the order of the log. */
export async function taskEvents(databaseUrl: string, family: string): Promise<readonly TaskEvent[]> {
  const rows = await askPostgres<EventRow>(
    databaseUrl,
    `SELECT e.object_id AS "taskId", t.deployment_id AS "deploymentId", e.version, e.detail,
       (extract(epoch FROM e.at) * 1000)::float8 AS "atMs",
       (extract(epoch FROM t.created_at) * 1000)::float8 AS "createdAtMs"
     FROM events e JOIN tasks t ON t.id = e.object_id
     WHERE e.kind = 'task' AND t.family = $1 ORDER BY e.id`,
    [family],
  );
  return rows.map(({ taskId, deploymentId, version, detail, atMs, createdAtMs }) => ({
    taskId,
    deploymentId: deploymentId ?? "",
    version,
    desiredStatus: detail.desiredStatus,
    lastStatus: detail.lastStatus,
    stopCode: detail.stopCode ?? null,
    atMs,
    createdAtMs,
  }));
}
