/** Secrets Manager's secrets with their versions, and Systems Manager's parameters. Values are sealed, whatever they are. */

import { sql } from "drizzle-orm";
import { integer, pgTable, primaryKey, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, scopeId, tags } from "./columns.ts";

export const secrets = pgTable(
  "secrets",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: text("name").notNull(),
    /** Six random characters: a secret that is made anew under the same name has another ARN. */
    suffix: text("suffix").notNull(),
    description: text("description"),
    tags: tags(),
    createdAt: createdAt(),
    changedAt: timestamp("changed_at", { withTimezone: true }).notNull().defaultNow(),
    /** When it goes; null while it is not to be deleted. */
    deleteAt: timestamp("delete_at", { withTimezone: true }),
    deletedAt: timestamp("deleted_at", { withTimezone: true }),
  },
  (t) => [uniqueIndex("secrets_scope_name").on(t.scopeId, t.name)],
);

export const secretVersions = pgTable(
  "secret_versions",
  {
    secretId: text("secret_id")
      .notNull()
      .references(() => secrets.id, { onDelete: "cascade" }),
    versionId: text("version_id").notNull(),
    /** Sealed, with what it is: a text or bytes. */
    sealedValue: text("sealed_value").notNull(),
    stages: text("stages").array().notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
  },
  (t) => [primaryKey({ columns: [t.secretId, t.versionId] })],
);

export const parameters = pgTable(
  "parameters",
  {
    scopeId: scopeId(),
    name: text("name").notNull(),
    type: text("type").$type<"String" | "StringList" | "SecureString">().notNull(),
    sealedValue: text("sealed_value").notNull(),
    version: integer("version").notNull(),
    description: text("description"),
    allowedPattern: text("allowed_pattern"),
    dataType: text("data_type").notNull(),
    tier: text("tier").$type<"Standard" | "Advanced">().notNull(),
    changedBy: text("changed_by").notNull(),
    tags: tags(),
    changedAt: timestamp("changed_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.scopeId, t.name] })],
);
