/** Scheduled actions of scalable targets: when they set which bounds, and when next. */
import { newUuid } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import { touchTarget } from "./scalable-targets.ts";

export interface ScheduledActionRow {
  readonly id: string;
  readonly targetId: string;
  readonly resourceId: string;
  readonly name: string;
  readonly schedule: string;
  readonly timezone: string | null;
  readonly startAt: Date | null;
  readonly endAt: Date | null;
  readonly minCapacity: number | null;
  readonly maxCapacity: number | null;
  readonly createdAt: Date;
  readonly nextAt: Date | null;
}

type Reader = Pick<ReadTx, "query">;

const SELECT = `SELECT a.id, a.target_id AS "targetId", t.resource_id AS "resourceId", a.name, a.schedule, a.timezone,
  a.start_at AS "startAt", a.end_at AS "endAt", a.min_capacity AS "minCapacity", a.max_capacity AS "maxCapacity",
  a.created_at AS "createdAt", a.next_at AS "nextAt"
  FROM scheduled_actions a JOIN scalable_targets t ON t.id = a.target_id`;

/** By resource and name in byte order. */
export const listScheduledActions = (tx: Reader, scopeId: number) =>
  tx.query<ScheduledActionRow>(`${SELECT} WHERE t.scope_id = $1 ORDER BY t.resource_id, a.name`, [scopeId]);

export const scheduledActionsOfTarget = (tx: Reader, targetId: string) =>
  tx.query<ScheduledActionRow>(
    `${SELECT} WHERE a.target_id = $1 ORDER BY a.name`,
    [targetId],
    "scheduled-actions-of-target",
  );

export type WantedAction = Omit<ScheduledActionRow, "id" | "targetId" | "resourceId" | "createdAt">;

/** An action that is there keeps its id. The target must be held; the autoscaler sets its timer. */
export async function putScheduledAction(tx: WriteTx, targetId: string, action: WantedAction): Promise<void> {
  await tx.query(
    `INSERT INTO scheduled_actions (id, target_id, name, schedule, timezone, start_at, end_at, min_capacity,
       max_capacity, next_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (target_id, name) DO UPDATE SET schedule = excluded.schedule, timezone = excluded.timezone,
       start_at = excluded.start_at, end_at = excluded.end_at, min_capacity = excluded.min_capacity,
       max_capacity = excluded.max_capacity, next_at = excluded.next_at`,
    [
      newUuid(),
      targetId,
      action.name,
      action.schedule,
      action.timezone,
      action.startAt,
      action.endAt,
      action.minCapacity,
      action.maxCapacity,
      action.nextAt,
    ],
  );
  await touchTarget(tx, targetId);
  tx.bell("scaleTarget", targetId);
}

export async function setNextTime(tx: WriteTx, id: string, nextAt: Date | null): Promise<void> {
  await tx.query("UPDATE scheduled_actions SET next_at = $2 WHERE id = $1", [id, nextAt]);
}

export async function deleteScheduledAction(
  tx: WriteTx,
  { id, targetId }: ScheduledActionRow,
): Promise<void> {
  await tx.query("DELETE FROM scheduled_actions WHERE id = $1", [id]);
  await touchTarget(tx, targetId);
}
