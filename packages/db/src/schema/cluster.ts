/** Clusters and task definitions. */

import type { TaskDefinition } from "@roadstead/model/task-definition";
import {
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

export interface ClusterSettings {
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  readonly configuration: Record<string, unknown> | null;
  readonly serviceConnectDefaults: { readonly namespace: string } | null;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly {
    readonly capacityProvider: string;
    readonly weight?: number;
    readonly base?: number;
  }[];
}

export const clusters = pgTable(
  "clusters",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: text("name").notNull(),
    status: text("status").$type<"ACTIVE" | "INACTIVE">().notNull(),
    details: jsonb("details").$type<ClusterSettings>().notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("clusters_scope_name").on(t.scopeId, t.name)],
);

/** The revision counter of a family: numbers are never used twice. */
export const taskDefinitionFamilies = pgTable(
  "task_definition_families",
  {
    scopeId: scopeId(),
    family: text("family").notNull(),
    lastRevision: integer("last_revision").notNull(),
  },
  (t) => [primaryKey({ columns: [t.scopeId, t.family] })],
);

export const taskDefinitions = pgTable(
  "task_definitions",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    family: text("family").notNull(),
    revision: integer("revision").notNull(),
    status: text("status").$type<"ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS">().notNull(),
    definition: jsonb("definition").$type<TaskDefinition>().notNull(),
    compatibilities: jsonb("compatibilities").$type<string[]>().notNull(),
    requiresAttributes: jsonb("requires_attributes").$type<{ name: string; value?: string }[]>().notNull(),
    tags: tags(),
    registeredAt: timestamp("registered_at", { withTimezone: true }).notNull().defaultNow(),
    registeredBy: text("registered_by").notNull(),
    deregisteredAt: timestamp("deregistered_at", { withTimezone: true }),
  },
  (t) => [
    uniqueIndex("task_definitions_revision").on(t.scopeId, t.family, t.revision),
    index("task_definitions_status").on(t.scopeId, t.status, t.family, t.revision),
  ],
);
