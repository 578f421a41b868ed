/** EventBridge's rules. */

import type { Tag } from "@roadstead/model/container-instance";
import { integer, jsonb, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { scopes } from "./scope.ts";

const scopeId = () =>
  integer("scope_id")
    .notNull()
    .references(() => scopes.id);
const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

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
    tags: jsonb("tags").$type<Tag[]>().notNull(),
    createdAt: moment("created_at"),
  },
  (t) => [uniqueIndex("event_rules_scope_name").on(t.scopeId, t.name)],
);
