/** What scaling did and why: changes of desired counts from their beginning to their end, and what did not scale. */
import type { NotScaledReason } from "@roadstead/scaling/scaling-snapshot";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { ActivityStatus } from "./schema/scaling.ts";

const KEPT_WEEKS = 6;
const REMOVED_MAX = 200;

export interface ScalingActivityRow {
  readonly id: string;
  readonly resourceId: string;
  readonly targetId: string;
  readonly description: string;
  readonly cause: string;
  readonly status: ActivityStatus;
  readonly statusMessage: string | null;
  readonly fromCount: number | null;
  readonly toCount: number | null;
  readonly cooldownSeconds: number;
  readonly notScaledReasons: readonly NotScaledReason[];
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, resource_id AS "resourceId", target_id AS "targetId", description, cause, status,
  status_message AS "statusMessage", from_count AS "fromCount", to_count AS "toCount",
  cooldown_seconds AS "cooldownSeconds", not_scaled_reasons AS "notScaledReasons", started_at AS "startedAt",
  ended_at AS "endedAt"`;

export interface NewActivity {
  readonly scopeId: number;
  readonly resourceId: string;
  readonly targetId: string;
  readonly description: string;
  readonly cause: string;
  readonly status: ActivityStatus;
  readonly statusMessage: string | null;
  readonly fromCount?: number;
  readonly toCount?: number;
  readonly cooldownSeconds?: number;
  readonly notScaledReasons?: readonly NotScaledReason[];
}

/** Adds one, and drops a few that are too old. */
export async function insertActivity(tx: WriteTx, activity: NewActivity): Promise<void> {
  const { fromCount = null, toCount = null, cooldownSeconds = 0, notScaledReasons = [] } = activity;
  await tx.query(
    `INSERT INTO scaling_activities (id, scope_id, resource_id, target_id, description, cause, status, status_message,
       from_count, to_count, cooldown_seconds, not_scaled_reasons, ended_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN $7 = 'InProgress' THEN NULL ELSE now() END)`,
    [
      uuidOf(newId()),
      activity.scopeId,
      activity.resourceId,
      activity.targetId,
      activity.description,
      activity.cause,
      activity.status,
      activity.statusMessage,
      fromCount,
      toCount,
      cooldownSeconds,
      JSON.stringify(notScaledReasons),
    ],
  );
  await tx.query(
    `DELETE FROM scaling_activities WHERE id IN (
       SELECT id FROM scaling_activities WHERE started_at < now() - make_interval(weeks => $1)
       ORDER BY started_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [KEPT_WEEKS, REMOVED_MAX],
  );
}

const uuidOf = (id: string) => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** Ends what is in progress of a target. */
export async function endActivities(
  tx: WriteTx,
  targetId: string,
  status: Exclude<ActivityStatus, "InProgress">,
  statusMessage: string,
): Promise<void> {
  await tx.query(
    `UPDATE scaling_activities SET status = $2, status_message = $3, ended_at = now()
     WHERE target_id = $1 AND status = 'InProgress'`,
    [targetId, status, statusMessage],
  );
}

/** The newest activity of a target, whatever it came to. */
export async function newestActivity(tx: Reader, targetId: string): Promise<ScalingActivityRow | null> {
  const [row] = await tx.query<ScalingActivityRow>(
    `SELECT ${COLUMNS} FROM scaling_activities WHERE target_id = $1 ORDER BY started_at DESC, id DESC LIMIT 1`,
    [targetId],
    "scaling-activity-newest",
  );
  return row ?? null;
}

/** The newest change of a target's desired count. */
export async function newestScaling(tx: Reader, targetId: string): Promise<ScalingActivityRow | null> {
  const [row] = await tx.query<ScalingActivityRow>(
    `SELECT ${COLUMNS} FROM scaling_activities WHERE target_id = $1 AND to_count IS NOT NULL
     ORDER BY started_at DESC, id DESC LIMIT 1`,
    [targetId],
    "scaling-newest",
  );
  return row ?? null;
}

export interface ActivityPage {
  readonly scopeId: number;
  readonly resourceId: string | null;
  readonly withNotScaled: boolean;
  /** Empty for the first page. */
  readonly beforeId: string;
  readonly limit: number;
}

/** Newest first: ids sort by age. */
export const listActivities = (tx: Reader, page: ActivityPage) =>
  tx.query<ScalingActivityRow>(
    `SELECT ${COLUMNS} FROM scaling_activities
     WHERE scope_id = $1 AND ($2::text IS NULL OR resource_id = $2) AND ($3 OR not_scaled_reasons = '[]')
       AND ($4 = '' OR id COLLATE "C" < $4)
       AND started_at >= now() - make_interval(weeks => $6)
     ORDER BY id COLLATE "C" DESC LIMIT $5`,
    [page.scopeId, page.resourceId, page.withNotScaled, page.beforeId, page.limit, KEPT_WEEKS],
  );
