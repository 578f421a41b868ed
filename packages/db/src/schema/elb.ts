/** Load balancers, their listeners and rules, and target groups with their targets and how these are. */

import type { BalancerAction, BalancerCondition } from "@roadstead/model/balancer-rule";
import type { HealthCheck, TargetHealthReason, TargetHealthState } from "@roadstead/model/target-group";
import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { createdAt, scopeId, tags } from "./columns.ts";

/** Those that were set; the others are as AWS has them by default. */
const attributes = () => jsonb("attributes").$type<Record<string, string>>().notNull();

export const loadBalancers = pgTable(
  "load_balancers",
  {
    /** 16 hexadecimal digits, as in the ARN `…loadbalancer/app/<name>/<id>`. */
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: text("name").notNull(),
    type: text("type").$type<"application">().notNull(),
    scheme: text("scheme").$type<"internet-facing" | "internal">().notNull(),
    /** `active` is said by the load balancer, when it listens. */
    state: text("state").$type<"provisioning" | "active" | "active_impaired" | "failed">().notNull(),
    stateReason: text("state_reason"),
    /** Place in both pools: the address and the twin are the pools' first addresses and so many on. */
    slot: integer("slot").notNull(),
    address: text("address").notNull(),
    loopbackAddress: text("loopback_address").notNull(),
    dnsName: text("dns_name").notNull(),
    vpcId: text("vpc_id").notNull(),
    subnets: jsonb("subnets").$type<{ readonly subnetId: string; readonly zoneName: string }[]>().notNull(),
    securityGroups: jsonb("security_groups").$type<string[]>().notNull(),
    attributes: attributes(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex("load_balancers_scope_name").on(t.scopeId, t.name),
    uniqueIndex("load_balancers_slot").on(t.slot),
    uniqueIndex("load_balancers_dns_name").on(t.dnsName),
    check("load_balancers_slot_in_pool", sql`${t.slot} between 1 and 16382`),
  ],
);

export const targetGroups = pgTable(
  "target_groups",
  {
    /** 16 hexadecimal digits, as in the ARN `…targetgroup/<name>/<id>`. */
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: text("name").notNull(),
    protocol: text("protocol").$type<"HTTP" | "HTTPS">().notNull(),
    protocolVersion: text("protocol_version").$type<"HTTP1" | "HTTP2" | "GRPC">().notNull(),
    /** Of targets that are registered without one. */
    port: integer("port").notNull(),
    targetType: text("target_type").$type<"instance" | "ip">().notNull(),
    vpcId: text("vpc_id").notNull(),
    healthCheck: jsonb("health_check").$type<HealthCheck>().notNull(),
    attributes: attributes(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("target_groups_scope_name").on(t.scopeId, t.name)],
);

export const listeners = pgTable(
  "listeners",
  {
    /** 16 hexadecimal digits. */
    id: text("id").primaryKey(),
    loadBalancerId: text("load_balancer_id")
      .notNull()
      .references(() => loadBalancers.id, { onDelete: "cascade" }),
    protocol: text("protocol").$type<"HTTP" | "HTTPS">().notNull(),
    port: integer("port").notNull(),
    /** What the rule named `default` does, when no other rule's conditions hold. */
    defaultActions: jsonb("default_actions").$type<BalancerAction[]>().notNull(),
    /** Last part of the default rule's ARN. */
    defaultRuleId: text("default_rule_id").notNull(),
    /** ARNs; the first is the default. Empty unless HTTPS. */
    certificates: jsonb("certificates").$type<string[]>().notNull(),
    sslPolicy: text("ssl_policy"),
    attributes: attributes(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex("listeners_port").on(t.loadBalancerId, t.port),
    uniqueIndex("listeners_default_rule").on(t.defaultRuleId),
  ],
);

/** All rules but the default one. */
export const listenerRules = pgTable(
  "listener_rules",
  {
    /** 16 hexadecimal digits. */
    id: text("id").primaryKey(),
    listenerId: text("listener_id")
      .notNull()
      .references(() => listeners.id, { onDelete: "cascade" }),
    /** The lowest whose conditions hold is obeyed. Below zero only while priorities are exchanged in a transaction. */
    priority: integer("priority").notNull(),
    conditions: jsonb("conditions").$type<BalancerCondition[]>().notNull(),
    actions: jsonb("actions").$type<BalancerAction[]>().notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("listener_rules_priority").on(t.listenerId, t.priority)],
);

/** Which listeners and rules send requests to which group, as their actions say; a group in here cannot be deleted. */
export const targetGroupUses = pgTable(
  "target_group_uses",
  {
    targetGroupId: text("target_group_id")
      .notNull()
      .references(() => targetGroups.id),
    listenerId: text("listener_id")
      .notNull()
      .references(() => listeners.id, { onDelete: "cascade" }),
    /** The default rule's id, or that of a row of listener_rules, with which it is deleted. */
    ruleId: text("rule_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.ruleId, t.targetGroupId] }),
    index("target_group_uses_group").on(t.targetGroupId),
    index("target_group_uses_listener").on(t.listenerId),
  ],
);

export const targets = pgTable(
  "targets",
  {
    targetGroupId: text("target_group_id")
      .notNull()
      .references(() => targetGroups.id, { onDelete: "cascade" }),
    /** An address, or the id of a machine: its EC2 instance id, else its container instance's. */
    targetId: text("target_id").notNull(),
    port: integer("port").notNull(),
    availabilityZone: text("availability_zone"),
    state: text("state").$type<"registered" | "draining">().notNull(),
    registeredAt: timestamp("registered_at", { withTimezone: true }).notNull().defaultNow(),
    /** When it was deregistered; the row goes once the group's deregistration delay has passed. */
    drainingSince: timestamp("draining_since", { withTimezone: true }),
  },
  (t) => [
    primaryKey({ columns: [t.targetGroupId, t.targetId, t.port] }),
    index("targets_draining").on(t.drainingSince).where(sql`state = 'draining'`),
    check("targets_draining_since", sql`(${t.state} = 'draining') = (${t.drainingSince} is not null)`),
  ],
);

/** What the load balancer last saw of a target; one without a row was not checked yet. */
export const targetHealth = pgTable(
  "target_health",
  {
    targetGroupId: text("target_group_id").notNull(),
    targetId: text("target_id").notNull(),
    port: integer("port").notNull(),
    state: text("state").$type<TargetHealthState>().notNull(),
    reason: text("reason").$type<TargetHealthReason>(),
    description: text("description"),
    /** Since when it is so. */
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.targetGroupId, t.targetId, t.port] }),
    foreignKey({
      columns: [t.targetGroupId, t.targetId, t.port],
      foreignColumns: [targets.targetGroupId, targets.targetId, targets.port],
    }).onDelete("cascade"),
  ],
);
