/** What Application Auto Scaling keeps: what may be scaled, by which policies and schedules, and what became of it. */
import type { MetricQuery } from "@roadstead/scaling/alarm";
import type { NotScaledReason } from "@roadstead/scaling/scaling-snapshot";
import { index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { bytewise, createdAt, moment, scopeId, tags } from "./columns.ts";

const maybeMoment = (name: string) => timestamp(name, { withTimezone: true });

export interface SuspendedScaling {
  readonly scaleIn: boolean;
  readonly scaleOut: boolean;
  readonly scheduled: boolean;
}

/** A service's desired count, the one dimension there is. The service is named, so that another may take its place. */
export const scalableTargets = pgTable(
  "scalable_targets",
  {
    /** Last part of its ARN. */
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    /** `service/<cluster>/<service>` */
    resourceId: bytewise("resource_id").notNull(),
    minCapacity: integer("min_capacity").notNull(),
    maxCapacity: integer("max_capacity").notNull(),
    suspended: jsonb("suspended").$type<SuspendedScaling>().notNull(),
    tags: tags(),
    createdAt: createdAt(),
    /** Raised by every change of the target, its policies and its last activity: of two decisions one is made again. */
    version: integer("version").notNull().default(1),
  },
  (t) => [uniqueIndex("scalable_targets_resource").on(t.scopeId, t.resourceId)],
);

export interface TrackedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Average" | "Minimum" | "Maximum" | "SampleCount" | "Sum";
  readonly unit?: string;
}

export type PredefinedMetric =
  | "ECSServiceAverageCPUUtilization"
  | "ECSServiceAverageMemoryUtilization"
  | "ALBRequestCountPerTarget";

/** As it was put, with what is left out filled in where the answer shows it. */
export type PolicyConfiguration =
  | {
      readonly type: "TargetTrackingScaling";
      readonly targetValue: number;
      readonly predefined?: { readonly metricType: PredefinedMetric; readonly resourceLabel?: string };
      readonly customized?: TrackedMetric;
      /** Instead: metrics and expressions, of which one returns data. */
      readonly queries?: readonly MetricQuery[];
      readonly scaleOutCooldownSeconds?: number;
      readonly scaleInCooldownSeconds?: number;
      readonly disableScaleIn: boolean;
    }
  | {
      readonly type: "StepScaling";
      readonly adjustmentType: "ChangeInCapacity" | "PercentChangeInCapacity" | "ExactCapacity";
      readonly steps: readonly {
        readonly lower?: number;
        readonly upper?: number;
        readonly adjustment: number;
      }[];
      readonly minAdjustmentMagnitude?: number;
      readonly cooldownSeconds?: number;
      readonly aggregation?: "Average" | "Minimum" | "Maximum";
    };

export const scalingPolicies = pgTable(
  "scaling_policies",
  {
    /** Part of its ARN. */
    id: text("id").primaryKey(),
    targetId: text("target_id")
      .notNull()
      .references(() => scalableTargets.id, { onDelete: "cascade" }),
    name: bytewise("name").notNull(),
    configuration: jsonb("configuration").$type<PolicyConfiguration>().notNull(),
    /** Those that were made for it, by name: of a target tracking policy alone. */
    alarmNames: jsonb("alarm_names").$type<string[]>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("scaling_policies_name").on(t.targetId, t.name)],
);

export const scheduledActions = pgTable(
  "scheduled_actions",
  {
    /** Part of its ARN. */
    id: text("id").primaryKey(),
    targetId: text("target_id")
      .notNull()
      .references(() => scalableTargets.id, { onDelete: "cascade" }),
    name: bytewise("name").notNull(),
    schedule: text("schedule").notNull(),
    timezone: text("timezone"),
    startAt: maybeMoment("start_at"),
    endAt: maybeMoment("end_at"),
    minCapacity: integer("min_capacity"),
    maxCapacity: integer("max_capacity"),
    createdAt: createdAt(),
    /** When it acts next; null when it never will again. */
    nextAt: maybeMoment("next_at"),
  },
  (t) => [uniqueIndex("scheduled_actions_name").on(t.targetId, t.name)],
);

export type ActivityStatus = "InProgress" | "Successful" | "Overridden" | "Unfulfilled" | "Failed";

/** What was done, and outlives what it was done to; kept for six weeks. */
export const scalingActivities = pgTable(
  "scaling_activities",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    resourceId: bytewise("resource_id").notNull(),
    targetId: text("target_id").notNull(),
    description: text("description").notNull(),
    cause: text("cause").notNull(),
    status: text("status").$type<ActivityStatus>().notNull(),
    statusMessage: text("status_message"),
    /** Of a change of the desired count. */
    fromCount: integer("from_count"),
    toCount: integer("to_count"),
    /** How long it keeps others back once it is done; none when no policy made it. */
    cooldownSeconds: integer("cooldown_seconds").notNull().default(0),
    notScaledReasons: jsonb("not_scaled_reasons").$type<NotScaledReason[]>().notNull().default([]),
    startedAt: moment("started_at"),
    endedAt: maybeMoment("ended_at"),
  },
  (t) => [
    index("scaling_activities_resource").on(t.scopeId, t.resourceId, t.startedAt),
    index("scaling_activities_target").on(t.targetId, t.startedAt),
    index("scaling_activities_started").on(t.startedAt),
  ],
);
