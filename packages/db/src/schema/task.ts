/**
 * Launch requests and tasks. `tasks` never changes after its insert; `task_state` is narrow and hot;
 * what has stopped and aged moves to `task_history`.
 */

import type { FargateProvider } from "@roadstead/model/fargate";
import type { TaskDemand } from "@roadstead/model/resources";
import type {
  Connectivity,
  ContainerObservation,
  DesiredStatus,
  HealthStatus,
  LaunchType,
  StopCode,
  TaskContainer,
  TaskStatus,
} from "@roadstead/model/task";
import type { TaskInterface, TaskNetwork } from "@roadstead/model/task-network";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { clusters, taskDefinitions } from "./cluster.ts";
import { createdAt, scopeId, tags } from "./columns.ts";
import { containerInstances } from "./instance.ts";

/** One `failures[]` entry of RunTask; `instanceId` becomes the ARN. */
export interface LaunchFailure {
  readonly instanceId: string | null;
  readonly reason: string;
  readonly detail: string | null;
}

/** What placement needs to know beside the tasks themselves. */
export interface LaunchParameters {
  readonly constraints: readonly {
    readonly type: "distinctInstance" | "memberOf";
    readonly expression?: string;
  }[];
  readonly strategy: readonly { readonly type: "random" | "spread" | "binpack"; readonly field?: string }[];
  /** StartTask names the instance of each task (task id → instance id); null means the scheduler chooses. */
  readonly assignments: Readonly<Record<string, string>> | null;
  /** How many of a service's tasks stand in for unhealthy ones; its event says so. */
  readonly replacedUnhealthy?: number;
}

export const launchRequests = pgTable(
  "launch_requests",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    clusterId: text("cluster_id")
      .notNull()
      .references(() => clusters.id),
    clientToken: text("client_token"),
    requestHash: text("request_hash").notNull(),
    status: text("status").$type<"OPEN" | "DONE" | "EXPIRED">().notNull(),
    parameters: jsonb("parameters").$type<LaunchParameters>().notNull(),
    failures: jsonb("failures").$type<LaunchFailure[]>().notNull(),
    createdAt: createdAt(),
    deadline: timestamp("deadline", { withTimezone: true }).notNull(),
    /** Launched by a service's deployment, which is rung when it is answered and reads its failures. */
    serviceId: text("service_id"),
    deploymentId: text("deployment_id"),
  },
  (t) => [
    // A token names one request for ever after; an expired request gave its token back.
    uniqueIndex("launch_requests_token").on(t.clusterId, t.clientToken).where(sql`client_token is not null`),
    index("launch_requests_open").on(t.deadline).where(sql`status = 'OPEN'`),
    index("launch_requests_created").on(t.createdAt),
    index("launch_requests_service").on(t.serviceId).where(sql`service_id is not null`),
  ],
);

export const tasks = pgTable(
  "tasks",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    clusterId: text("cluster_id")
      .notNull()
      .references(() => clusters.id),
    taskDefinitionId: text("task_definition_id")
      .notNull()
      .references(() => taskDefinitions.id),
    family: text("family").notNull(),
    launchRequestId: text("launch_request_id"),
    launchType: text("launch_type").$type<LaunchType>().notNull(),
    group: text("task_group").notNull(),
    startedBy: text("started_by"),
    demand: jsonb("demand").$type<TaskDemand>().notNull(),
    /** Task-level sizes as AWS shows them; null where the definition and overrides name none. */
    cpu: text("cpu"),
    memory: text("memory"),
    overrides: jsonb("overrides").$type<Record<string, unknown>>().notNull(),
    containers: jsonb("containers").$type<TaskContainer[]>().notNull(),
    tags: tags(),
    enableExecuteCommand: boolean("enable_execute_command").notNull(),
    /** `ecs-svc/…` of the deployment that launched it; null for a task of RunTask. */
    deploymentId: text("deployment_id"),
    /** What a task in awsvpc mode was launched with; null in every other. */
    network: jsonb("network").$type<TaskNetwork>(),
    /** Which provider of the strategy it was launched with; null where a launch type was asked for. */
    capacityProvider: text("capacity_provider").$type<FargateProvider>(),
    createdAt: createdAt(),
  },
  (t) => [index("tasks_launch_request").on(t.launchRequestId)],
);

export const taskState = pgTable(
  "task_state",
  {
    taskId: text("task_id")
      .primaryKey()
      .references(() => tasks.id, { onDelete: "cascade" }),
    clusterId: text("cluster_id").notNull(),
    instanceId: text("instance_id").references(() => containerInstances.id),
    serviceId: text("service_id"),
    desiredStatus: text("desired_status").$type<DesiredStatus>().notNull(),
    lastStatus: text("last_status").$type<TaskStatus>().notNull(),
    version: integer("version").notNull().default(1),
    containers: jsonb("containers").$type<ContainerObservation[]>().notNull(),
    healthStatus: text("health_status").$type<HealthStatus>().notNull().default("UNKNOWN"),
    stopCode: text("stop_code").$type<StopCode>(),
    stoppedReason: text("stopped_reason"),
    connectivity: text("connectivity").$type<Connectivity>(),
    connectivityAt: timestamp("connectivity_at", { withTimezone: true }),
    pullStartedAt: timestamp("pull_started_at", { withTimezone: true }),
    pullStoppedAt: timestamp("pull_stopped_at", { withTimezone: true }),
    startedAt: timestamp("started_at", { withTimezone: true }),
    stoppingAt: timestamp("stopping_at", { withTimezone: true }),
    executionStoppedAt: timestamp("execution_stopped_at", { withTimezone: true }),
    stoppedAt: timestamp("stopped_at", { withTimezone: true }),
    /** Session epoch in which the agent acknowledged the present desired status; null when it has not. */
    deliveredEpoch: bigint("delivered_epoch", { mode: "number" }),
    /** Kept after the interface itself is gone, as DescribeTasks shows it. */
    networkInterface: jsonb("network_interface").$type<TaskInterface>(),
  },
  (t) => [
    index("task_state_placing").on(t.clusterId, t.taskId).where(sql`last_status = 'PLACING'`),
    index("task_state_provisioning").on(t.taskId).where(sql`last_status = 'PROVISIONING'`),
    index("task_state_instance").on(t.instanceId, t.taskId).where(sql`last_status <> 'STOPPED'`),
    index("task_state_cluster_live").on(t.clusterId, t.taskId).where(sql`last_status <> 'STOPPED'`),
    index("task_state_cluster").on(t.clusterId, t.desiredStatus, t.taskId),
    index("task_state_service")
      .on(t.serviceId, t.taskId)
      .where(sql`service_id is not null and last_status <> 'STOPPED'`),
    index("task_state_stopped").on(t.stoppedAt).where(sql`last_status = 'STOPPED'`),
  ],
);

/** Newest utilisation of a task's containers, latest by session epoch and time. Percent of one core, MiB. */
export const taskMetrics = pgTable(
  "task_metrics",
  {
    taskId: text("task_id").notNull(),
    containerName: text("container_name").notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    at: timestamp("at", { withTimezone: true }).notNull(),
    cpuPercent: doublePrecision("cpu_percent"),
    memoryMiB: doublePrecision("memory_mib"),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.containerName] })],
);
