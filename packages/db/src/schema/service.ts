/** Services: what a user wants to keep running, how it is being rolled out, and what was said about it. */

import type { CircuitBreakerSettings } from "@roadstead/deployment/circuit-breaker";
import type { CapacityStrategy } from "@roadstead/model/capacity-strategy";
import type { LaunchType } from "@roadstead/model/task";
import type { TaskNetwork } from "@roadstead/model/task-network";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { clusters, taskDefinitions } from "./cluster.ts";
import { createdAt, scopeId, tags } from "./columns.ts";
import type { LaunchParameters } from "./task.ts";

export interface ServiceLoadBalancer {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
}

/** What a user says about a service beside the members that have columns; read back as it was sent. */
export interface ServiceDetails {
  readonly deploymentConfiguration: {
    readonly minimumHealthyPercent: number;
    readonly maximumPercent: number;
    readonly deploymentCircuitBreaker?: CircuitBreakerSettings;
  };
  readonly placementConstraints: LaunchParameters["constraints"];
  readonly placementStrategy: LaunchParameters["strategy"];
  readonly healthCheckGracePeriodSeconds: number | null;
  /** Target groups in which every task is a target, by the host port that its container's port is bound to. */
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
  /** Of tasks in awsvpc mode; the newest revision has the same. */
  readonly network?: TaskNetwork;
  /** Among whose providers its tasks are shared out; without one its launch type holds. */
  readonly capacityProviderStrategy?: CapacityStrategy;
  /** Of Fargate tasks, as it was sent. */
  readonly platformVersion?: string;
  readonly enableECSManagedTags: boolean;
  readonly propagateTags: "TASK_DEFINITION" | "SERVICE" | "NONE";
  readonly availabilityZoneRebalancing: "ENABLED" | "DISABLED";
}

/** Back-off of placement: `attempts` in a row found no room, the last at `failedAtMs`. */
export interface PlacementBackoff {
  readonly failedAtMs: number | null;
  readonly attempts: number;
}

export const services = pgTable(
  "services",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    clusterId: text("cluster_id")
      .notNull()
      .references(() => clusters.id),
    name: text("name").notNull(),
    status: text("status").$type<"ACTIVE" | "DRAINING" | "INACTIVE">().notNull(),
    schedulingStrategy: text("scheduling_strategy").$type<"REPLICA" | "DAEMON">().notNull(),
    launchType: text("launch_type").$type<LaunchType>().notNull(),
    desiredCount: integer("desired_count").notNull(),
    /** Of the newest deployment. */
    taskDefinitionId: text("task_definition_id")
      .notNull()
      .references(() => taskDefinitions.id),
    details: jsonb("details").$type<ServiceDetails>().notNull(),
    tags: tags(),
    enableExecuteCommand: boolean("enable_execute_command").notNull(),
    clientToken: text("client_token"),
    requestHash: text("request_hash").notNull(),
    createdBy: text("created_by"),
    createdAt: createdAt(),
    deactivatedAt: timestamp("deactivated_at", { withTimezone: true }),
    /** When the service was last said to be steady; null while it is not. */
    steadyAt: timestamp("steady_at", { withTimezone: true }),
    placement: jsonb("placement")
      .$type<PlacementBackoff>()
      .notNull()
      .default({ failedAtMs: null, attempts: 0 }),
    version: integer("version").notNull().default(1),
  },
  (t) => [
    // An INACTIVE service gives its name back and is described for a while longer.
    uniqueIndex("services_cluster_name").on(t.clusterId, t.name).where(sql`status <> 'INACTIVE'`),
    uniqueIndex("services_token").on(t.clusterId, t.clientToken).where(sql`client_token is not null`),
    index("services_listed").on(t.clusterId, sql`${t.name} collate "C"`).where(sql`status = 'ACTIVE'`),
  ],
);

export type ServiceDeploymentStatus =
  | "PENDING"
  | "IN_PROGRESS"
  | "SUCCESSFUL"
  | "STOPPED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_SUCCESSFUL"
  | "ROLLBACK_FAILED";

/** The immutable half of a deployment: what its tasks are made of. */
export const serviceRevisions = pgTable(
  "service_revisions",
  {
    /** 19 digits, as in the revision's ARN. */
    id: text("id").primaryKey(),
    serviceId: text("service_id")
      .notNull()
      .references(() => services.id, { onDelete: "cascade" }),
    taskDefinitionId: text("task_definition_id")
      .notNull()
      .references(() => taskDefinitions.id),
    launchType: text("launch_type").$type<LaunchType>().notNull(),
    /** Tags as digests, found when the deployment began; an image we cannot look up has none until a task reports it. */
    containerImages: jsonb("container_images")
      .$type<
        { readonly containerName: string; readonly image: string; readonly imageDigest: string | null }[]
      >()
      .notNull()
      .default([]),
    imagesResolvedAt: timestamp("images_resolved_at", { withTimezone: true }),
    loadBalancers: jsonb("load_balancers").$type<ServiceLoadBalancer[]>().notNull().default([]),
    network: jsonb("network").$type<TaskNetwork>(),
    createdAt: createdAt(),
  },
  (t) => [index("service_revisions_service").on(t.serviceId, t.createdAt)],
);

/**
 * One row per deployment: both the `deployments[]` entry of a service and its service deployment. A rollback has a row for its
 * entry; its service deployment is that of the deployment which failed.
 */
export const serviceDeployments = pgTable(
  "service_deployments",
  {
    /** `ecs-svc/<19 digits>`: the entry's id, and `startedBy` of its tasks. */
    id: text("id").primaryKey(),
    /** Last part of the service deployment's ARN. */
    arnId: text("arn_id").notNull(),
    serviceId: text("service_id")
      .notNull()
      .references(() => services.id, { onDelete: "cascade" }),
    revisionId: text("revision_id")
      .notNull()
      .references(() => serviceRevisions.id),
    /** Revisions that ran when it began. */
    sourceRevisionIds: jsonb("source_revision_ids").$type<string[]>().notNull().default([]),
    status: text("status").$type<"PRIMARY" | "ACTIVE" | "INACTIVE">().notNull(),
    rolloutState: text("rollout_state").$type<"IN_PROGRESS" | "COMPLETED" | "FAILED">().notNull(),
    rolloutStateReason: text("rollout_state_reason").notNull(),
    serviceDeploymentStatus: text("service_deployment_status").$type<ServiceDeploymentStatus>().notNull(),
    serviceDeploymentStatusReason: text("service_deployment_status_reason"),
    desiredCount: integer("desired_count").notNull(),
    /** While it is under way: tasks that failed since one was last seen healthy. */
    failedTasks: integer("failed_tasks").notNull().default(0),
    /** When the newest of its tasks that were ever seen healthy was made. */
    provenAt: timestamp("proven_at", { withTimezone: true }),
    /** The failed deployment in whose place this one brings back an earlier revision. */
    rollbackOf: text("rollback_of"),
    /** Tasks in a row that stopped before they ran. */
    startFailures: integer("start_failures").notNull().default(0),
    lastStartFailureAt: timestamp("last_start_failure_at", { withTimezone: true }),
    createdAt: createdAt(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    index("service_deployments_service").on(t.serviceId, t.createdAt),
    uniqueIndex("service_deployments_primary").on(t.serviceId).where(sql`status = 'PRIMARY'`),
    uniqueIndex("service_deployments_arn").on(t.arnId),
  ],
);

/** `events[]` of a service: the newest hundred are kept. */
export const serviceEvents = pgTable(
  "service_events",
  {
    seq: bigint("seq", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    id: text("id").notNull(),
    serviceId: text("service_id")
      .notNull()
      .references(() => services.id, { onDelete: "cascade" }),
    message: text("message").notNull(),
    createdAt: createdAt(),
  },
  (t) => [index("service_events_service").on(t.serviceId, t.seq)],
);
