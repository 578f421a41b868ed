/** Lists of alarms and of what happened to them; CloudWatch's Describe operations call this. */
import { ALARM_COLUMNS, type AlarmRow } from "./alarms.ts";
import type { ReadTx } from "./connect.ts";
import type { AlarmHistoryKind } from "./schema/metric.ts";

type Reader = Pick<ReadTx, "query">;

export interface AlarmFilter {
  readonly names: readonly string[] | null;
  readonly prefix: string;
  readonly state: string | null;
  readonly actionPrefix: string | null;
  /** The name to go on after. */
  readonly after: string;
  readonly limit: number;
}

/** By name in byte order. */
export const listAlarms = (tx: Reader, scopeId: number, filter: AlarmFilter) =>
  tx.query<AlarmRow>(
    `SELECT ${ALARM_COLUMNS} FROM alarms
     WHERE scope_id = $1 AND ($2::text[] IS NULL OR name = ANY($2)) AND starts_with(name, $3)
       AND ($4::text IS NULL OR state = $4) AND name > $5
       AND ($6::text IS NULL OR EXISTS (
         SELECT 1 FROM jsonb_array_elements_text(definition -> 'okActions' || (definition -> 'alarmActions')
           || (definition -> 'insufficientDataActions')) AS action WHERE starts_with(action, $6)))
     ORDER BY name LIMIT $7`,
    [
      scopeId,
      filter.names && [...filter.names],
      filter.prefix,
      filter.state,
      filter.after,
      filter.actionPrefix,
      filter.limit,
    ],
  );

/** Those that watch the metric by itself. */
export const alarmsOfMetric = (tx: Reader, scopeId: number, namespace: string, metricName: string) =>
  tx.query<AlarmRow>(
    `SELECT ${ALARM_COLUMNS} FROM alarms WHERE scope_id = $1
       AND definition -> 'metric' ->> 'namespace' = $2 AND definition -> 'metric' ->> 'metricName' = $3
     ORDER BY name`,
    [scopeId, namespace, metricName],
  );

export interface AlarmHistoryRow {
  readonly id: string;
  readonly alarmName: string;
  readonly kind: AlarmHistoryKind;
  readonly summary: string;
  readonly data: object;
  readonly at: Date;
}

export interface AlarmHistoryFilter {
  readonly alarmName: string | null;
  readonly kind: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly newestFirst: boolean;
  /** The id to go on after. */
  readonly after: string | null;
  readonly limit: number;
}

export const listAlarmHistory = (tx: Reader, scopeId: number, filter: AlarmHistoryFilter) =>
  tx.query<AlarmHistoryRow>(
    `SELECT id, alarm_name AS "alarmName", kind, summary, data, at FROM alarm_history
     WHERE scope_id = $1 AND ($2::text IS NULL OR alarm_name = $2) AND ($3::text IS NULL OR kind = $3)
       AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at <= $5)
       AND ($6::int8 IS NULL OR CASE WHEN $7 THEN id < $6 ELSE id > $6 END)
     ORDER BY CASE WHEN $7 THEN -id ELSE id END LIMIT $8`,
    [
      scopeId,
      filter.alarmName,
      filter.kind,
      filter.from,
      filter.to,
      filter.after,
      filter.newestFirst,
      filter.limit,
    ],
  );
