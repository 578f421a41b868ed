/** EventBridge's rules with their targets, and API destinations with the connections they call through. */

import { sql } from "drizzle-orm";
import {
  bigint,
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
import { createdAt, moment, scopeId, tags } from "./columns.ts";

/** Rules of the default bus, the one there is. */
export const eventRules = pgTable(
  "event_rules",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: text("name").notNull(),
    pattern: text("pattern").notNull(),
    state: text("state").$type<"ENABLED" | "DISABLED">().notNull(),
    description: text("description"),
    roleArn: text("role_arn"),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("event_rules_scope_name").on(t.scopeId, t.name)],
);

/** What EventBridge lets say about a target, as it was said. */
export interface EventTargetDetails {
  readonly roleArn?: string;
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: {
    readonly paths: Readonly<Record<string, string>>;
    readonly template: string;
  };
  readonly http?: {
    readonly path: readonly string[];
    readonly headers: Readonly<Record<string, string>>;
    readonly query: Readonly<Record<string, string>>;
  };
  readonly retry?: { readonly attemptsMax?: number; readonly ageMaxSeconds?: number };
}

export const eventTargets = pgTable(
  "event_targets",
  {
    ruleId: text("rule_id")
      .notNull()
      .references(() => eventRules.id, { onDelete: "cascade" }),
    targetId: text("target_id").notNull(),
    arn: text("arn").notNull(),
    details: jsonb("details").$type<EventTargetDetails>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.ruleId, t.targetId] }), index("event_targets_arn").on(t.arn)],
);

export const eventConnections = pgTable(
  "event_connections",
  {
    /** A UUID, as in the ARN `…:connection/<name>/<id>`. */
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: text("name").notNull(),
    description: text("description"),
    authorizationType: text("authorization_type").$type<"API_KEY" | "BASIC">().notNull(),
    /** The parameters with their secrets, sealed with the id as context. */
    sealedParameters: text("sealed_parameters").notNull(),
    createdAt: createdAt(),
    modifiedAt: moment("modified_at"),
  },
  (t) => [uniqueIndex("event_connections_scope_name").on(t.scopeId, t.name)],
);

export const apiDestinations = pgTable(
  "api_destinations",
  {
    /** A UUID, as in the ARN `…:api-destination/<name>/<id>`. */
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: text("name").notNull(),
    description: text("description"),
    /** The connection may be gone; nothing is called then. */
    connectionArn: text("connection_arn").notNull(),
    connectionId: text("connection_id").notNull(),
    endpoint: text("endpoint").notNull(),
    method: text("method").notNull(),
    rateLimit: integer("rate_limit").notNull(),
    createdAt: createdAt(),
    modifiedAt: moment("modified_at"),
  },
  (t) => [uniqueIndex("api_destinations_scope_name").on(t.scopeId, t.name)],
);

/** One event for one target of one rule, until it is delivered or given up. */
export const eventDeliveries = pgTable(
  "event_deliveries",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    ruleId: text("rule_id").notNull(),
    targetId: text("target_id").notNull(),
    /** The event as EventBridge shapes it. */
    event: text("event").notNull(),
    attempts: integer("attempts").notNull().default(0),
    lastError: text("last_error"),
    /** Set when it was given up; it is kept a while for a person to see. */
    diedAt: timestamp("died_at", { withTimezone: true }),
    /** A process that took the delivery up puts it off this far: if it dies, another goes on then. */
    notBefore: moment("not_before"),
    createdAt: createdAt(),
  },
  (t) => [
    index("event_deliveries_due").on(t.ruleId, t.targetId, t.notBefore).where(sql`died_at is null`),
    index("event_deliveries_died").on(t.diedAt).where(sql`died_at is not null`),
    foreignKey({
      name: "event_deliveries_target",
      columns: [t.ruleId, t.targetId],
      foreignColumns: [eventTargets.ruleId, eventTargets.targetId],
    }).onDelete("cascade"),
  ],
);
