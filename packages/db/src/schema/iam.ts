/** Users, their inline policies, agents, and the access keys of both. */

import { sql } from "drizzle-orm";
import { check, index, pgTable, primaryKey, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, scopeId, tags } from "./columns.ts";
import { accounts } from "./scope.ts";

export const users = pgTable(
  "users",
  {
    /** AIDA… as AWS mints it. */
    userId: text("user_id").primaryKey(),
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.accountId),
    name: text("name").notNull(),
    path: text("path").notNull(),
    tags: tags(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("users_account_name").on(t.accountId, sql`lower(${t.name})`)],
);

export const userPolicies = pgTable(
  "user_policies",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.userId, { onDelete: "cascade" }),
    name: text("name").notNull(),
    document: text("document").notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.name] })],
);

/** A machine's identity: its key may act on its own container instance alone. */
export const agents = pgTable("agents", {
  id: text("id").primaryKey(),
  scopeId: scopeId(),
  clusterName: text("cluster_name").notNull(),
  containerInstanceId: text("container_instance_id"),
  createdAt: createdAt(),
  revokedAt: timestamp("revoked_at", { withTimezone: true }),
});

export const accessKeys = pgTable(
  "access_keys",
  {
    accessKeyId: text("access_key_id").primaryKey(),
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.accountId),
    userId: text("user_id").references(() => users.userId),
    agentId: text("agent_id").references(() => agents.id),
    sealedSecret: text("sealed_secret").notNull(),
    status: text("status").$type<"Active" | "Inactive">().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    index("access_keys_user").on(t.userId),
    check("access_keys_one_principal", sql`(${t.userId} is null) <> (${t.agentId} is null)`),
  ],
);
