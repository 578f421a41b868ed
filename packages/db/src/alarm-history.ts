/** What happened to alarms: written with each change, shown by DescribeAlarmHistory, dropped after thirty days. */
import type { Db, WriteTx } from "./connect.ts";
import type { AlarmHistoryKind } from "./schema/metric.ts";

export interface AlarmHistoryItem {
  readonly scopeId: number;
  readonly alarmName: string;
  readonly kind: AlarmHistoryKind;
  readonly summary: string;
  readonly data: object;
}

const KEPT_DAYS = 30;
const BATCH_ROWS = 10_000;

export async function recordAlarmHistory(tx: WriteTx, items: readonly AlarmHistoryItem[]): Promise<void> {
  if (items.length === 0) return;
  await tx.query(
    `INSERT INTO alarm_history (scope_id, alarm_name, kind, summary, data)
     SELECT scope_id, alarm_name, kind, summary, data::jsonb
     FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::text[]) AS h(scope_id, alarm_name, kind, summary, data)`,
    [
      items.map(({ scopeId }) => scopeId),
      items.map(({ alarmName }) => alarmName),
      items.map(({ kind }) => kind),
      items.map(({ summary }) => summary),
      items.map(({ data }) => JSON.stringify(data)),
    ],
  );
}

export async function dropOldAlarmHistory(db: Pick<Db, "query">): Promise<void> {
  await db.query(
    `DELETE FROM alarm_history WHERE id IN (
       SELECT id FROM alarm_history WHERE at < now() - make_interval(days => $2) ORDER BY at LIMIT $1)`,
    [BATCH_ROWS, KEPT_DAYS],
  );
}
