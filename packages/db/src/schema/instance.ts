/** Container instances, the host ports taken on them, and the sockets of their agents. */

import type {
  Attribute,
  InstanceStatus,
  Protocol,
  Resource,
  VersionInfo,
} from "@roadstead/model/container-instance";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { clusters } from "./cluster.ts";
import { scopeId, tags } from "./columns.ts";
import { agents } from "./iam.ts";

export const containerInstances = pgTable(
  "container_instances",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    clusterId: text("cluster_id")
      .notNull()
      .references(() => clusters.id),
    agentId: text("agent_id").references(() => agents.id),
    status: text("status").$type<InstanceStatus>().notNull(),
    statusReason: text("status_reason"),
    clientToken: text("client_token"),
    ec2InstanceId: text("ec2_instance_id"),
    versionInfo: jsonb("version_info").$type<VersionInfo>().notNull(),
    attributes: jsonb("attributes").$type<Attribute[]>().notNull(),
    tags: tags(),
    registeredResources: jsonb("registered_resources").$type<Resource[]>().notNull(),
    cpuTotal: integer("cpu_total").notNull(),
    memoryTotal: integer("memory_total").notNull(),
    cpuFree: integer("cpu_free").notNull(),
    memoryFree: integer("memory_free").notNull(),
    agentConnected: boolean("agent_connected").notNull().default(false),
    version: bigint("version", { mode: "number" }).notNull().default(1),
    registeredAt: timestamp("registered_at", { withTimezone: true }).notNull().defaultNow(),
    deregisteredAt: timestamp("deregistered_at", { withTimezone: true }),
  },
  (t) => [
    index("container_instances_cluster").on(t.clusterId, t.status, t.id),
    uniqueIndex("container_instances_token").on(t.clusterId, t.clientToken),
    uniqueIndex("container_instances_agent").on(t.agentId).where(sql`status <> 'INACTIVE'`),
    // Backstops only: the placement commit asks before it takes.
    check("container_instances_cpu", sql`${t.cpuFree} >= 0 and ${t.cpuFree} <= ${t.cpuTotal}`),
    check("container_instances_memory", sql`${t.memoryFree} >= 0 and ${t.memoryFree} <= ${t.memoryTotal}`),
  ],
);

/** Host ports in use; `taskId` is null for the ports the instance reserved when it registered. */
export const instancePorts = pgTable(
  "instance_ports",
  {
    instanceId: text("instance_id")
      .notNull()
      .references(() => containerInstances.id, { onDelete: "cascade" }),
    protocol: text("protocol").$type<Protocol>().notNull(),
    port: integer("port").notNull(),
    taskId: text("task_id"),
  },
  (t) => [
    primaryKey({ columns: [t.instanceId, t.protocol, t.port] }),
    index("instance_ports_task").on(t.taskId).where(sql`task_id is not null`),
  ],
);

/**
 * The live socket of an instance's agent. The upgrade raises the epoch; the newest socket wins and
 * everything an older one says is ignored.
 */
export const agentSessions = pgTable(
  "agent_sessions",
  {
    instanceId: text("instance_id")
      .primaryKey()
      .references(() => containerInstances.id, { onDelete: "cascade" }),
    gatewayId: text("gateway_id").notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    /** One counter for payloads and manifests; never reset while the agent keeps its data. */
    sequence: bigint("sequence", { mode: "number" }).notNull().default(0),
    connectedAt: timestamp("connected_at", { withTimezone: true }).notNull().defaultNow(),
    aliveAt: timestamp("alive_at", { withTimezone: true }).notNull().defaultNow(),
    disconnectedAt: timestamp("disconnected_at", { withTimezone: true }),
  },
  (t) => [index("agent_sessions_gateway").on(t.gatewayId).where(sql`disconnected_at is null`)],
);
