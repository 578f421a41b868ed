/** What happened to alarms: written with each change, shown by DescribeAlarmHistory, dropped after thirty days. */
import type { AlarmDefinition, MetricQuery, MetricStatistic } from "@roadstead/scaling/alarm";
import type { Db, WriteTx } from "./connect.ts";
import type { AlarmHistoryKind } from "./schema/metric.ts";

export interface AlarmHistoryItem {
  readonly scopeId: number;
  readonly alarmName: string;
  readonly kind: AlarmHistoryKind;
  readonly summary: string;
  readonly data: object;
}

/** An alarm as the history of its configuration has it: the API's members in small letters. */
export function describedAlarm({
  name,
  definition,
  actionsEnabled,
}: {
  readonly name: string;
  readonly definition: AlarmDefinition;
  readonly actionsEnabled: boolean;
}): object {
  const { metric, queries, description, okActions, alarmActions, insufficientDataActions, ...rules } =
    definition;
  return {
    alarmName: name,
    alarmDescription: description,
    actionsEnabled,
    okactions: okActions,
    alarmActions,
    insufficientDataActions,
    ...(metric ? describedMetric(metric) : {}),
    ...(queries ? { metrics: queries.map(describedQuery) } : {}),
    ...given(rules),
  };
}

const describedMetric = ({ dimensions, periodSeconds, ...metric }: MetricStatistic) => ({
  ...given(metric),
  dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
  period: periodSeconds,
});

function describedQuery({ metric, periodSeconds, ...query }: MetricQuery) {
  if (!metric) return given({ ...query, period: periodSeconds });
  const { statistic, period, unit, ...named } = describedMetric(metric);
  return { ...given(query), metricStat: { metric: named, period, stat: statistic, ...given({ unit }) } };
}

/** Without what nobody said. */
const given = <T extends object>(members: T) =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  ) as {
    [Name in keyof T]: T[Name];
  };

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
