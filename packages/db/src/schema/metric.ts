/**
 * Metrics and alarms. Statistics are in `metric_data`, which a migration makes by hand: one row of a metric, minute and
 * unit, in one partition a day.
 */
import type { AlarmDefinition, AlarmState } from "@roadstead/scaling/alarm";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { bytewise, moment, scopeId, tags } from "./columns.ts";

export const metrics = pgTable(
  "metrics",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    scopeId: scopeId(),
    namespace: bytewise("namespace").notNull(),
    name: bytewise("name").notNull(),
    /** Names and values, by name. */
    dimensions: jsonb("dimensions").$type<Record<string, string>>().notNull(),
    /** The dimensions as one text, which tells them apart. */
    dimensionKey: bytewise("dimension_key").notNull(),
    /** The newest time that has statistics, in milliseconds since 1970. */
    lastMs: bigint("last_ms", { mode: "number" }).notNull(),
  },
  (t) => [uniqueIndex("metrics_identity").on(t.scopeId, t.namespace, t.name, t.dimensionKey)],
);

/** What containers used, as their agent said it, for as long as a minute may still be made of it. Percent of one core, MiB. */
export const taskSamples = pgTable(
  "task_samples",
  {
    taskId: text("task_id").notNull(),
    containerName: text("container_name").notNull(),
    at: timestamp("at", { withTimezone: true }).notNull(),
    cpuPercent: doublePrecision("cpu_percent"),
    memoryMiB: doublePrecision("memory_mib"),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.containerName, t.at] }), index("task_samples_at").on(t.at)],
);

/** Up to where each source of metrics has been made into minutes; held while the next is made. */
export const metricSources = pgTable("metric_sources", {
  source: text("source").primaryKey(),
  closedMs: bigint("closed_ms", { mode: "number" }).notNull(),
});

/** What each worker of HAProxy had counted when it was last read; the difference goes into the minutes with this row. */
export const balancerCounters = pgTable("balancer_counters", {
  worker: text("worker").primaryKey(),
  counters: jsonb("counters").$type<Record<string, number>>().notNull(),
  at: moment("at"),
});

export const alarms = pgTable(
  "alarms",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: bytewise("name").notNull(),
    definition: jsonb("definition").$type<AlarmDefinition>().notNull(),
    actionsEnabled: boolean("actions_enabled").notNull(),
    tags: tags(),
    state: text("state").$type<AlarmState>().notNull(),
    stateReason: text("state_reason").notNull(),
    stateReasonData: text("state_reason_data"),
    stateUpdatedAt: moment("state_updated_at"),
    /** When the state last became another one. */
    transitionedAt: moment("transitioned_at"),
    configuredAt: moment("configured_at"),
    /** When it is to be looked at next, in milliseconds since 1970. */
    nextMs: bigint("next_ms", { mode: "number" }).notNull(),
    /** The end of the newest period that was looked at; null before the first. */
    evaluatedMs: bigint("evaluated_ms", { mode: "number" }),
    /** Raised by every change of the definition and of the state. */
    version: bigint("version", { mode: "number" }).notNull().default(1),
  },
  (t) => [
    uniqueIndex("alarms_scope_name").on(t.scopeId, t.name),
    index("alarms_due").on(t.nextMs),
    index("alarms_actions").using("gin", sql`(definition -> 'alarmActions')`),
  ],
);

export type AlarmHistoryKind = "ConfigurationUpdate" | "StateUpdate" | "Action";

export const alarmHistory = pgTable(
  "alarm_history",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    scopeId: scopeId(),
    alarmName: bytewise("alarm_name").notNull(),
    kind: text("kind").$type<AlarmHistoryKind>().notNull(),
    summary: text("summary").notNull(),
    data: jsonb("data").notNull(),
    at: moment("at"),
  },
  (t) => [index("alarm_history_alarm").on(t.scopeId, t.alarmName, t.id), index("alarm_history_at").on(t.at)],
);
