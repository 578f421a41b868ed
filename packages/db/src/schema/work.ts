/** Bells that wake the loops, bells that failed for good, and the log of what changed. */
import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { createdAt } from "./columns.ts";

export const bells = pgTable(
  "bells",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text("kind").notNull(),
    key: text("key").notNull(),
    notBefore: timestamp("not_before", { withTimezone: true }).notNull().defaultNow(),
    attempts: integer("attempts").notNull().default(0),
    lastError: text("last_error"),
    /** A poller that took the bell up holds it until then. */
    claimedUntil: timestamp("claimed_until", { withTimezone: true }),
    createdAt: createdAt(),
  },
  (t) => [index("bells_key").on(t.kind, t.key), index("bells_due").on(t.notBefore)],
);

export const deadLetters = pgTable("dead_letters", {
  id: bigint("id", { mode: "number" }).primaryKey(),
  kind: text("kind").notNull(),
  key: text("key").notNull(),
  attempts: integer("attempts").notNull(),
  lastError: text("last_error"),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
  diedAt: timestamp("died_at", { withTimezone: true }).notNull().defaultNow(),
});

export type EventKind = "task" | "container-instance" | "service" | "deployment" | "custom";

/** One row per state change, in the transaction of the change; the full event is rendered on delivery. */
export const events = pgTable(
  "events",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    scopeId: integer("scope_id").notNull(),
    kind: text("kind").$type<EventKind>().notNull(),
    objectId: text("object_id").notNull(),
    version: integer("version").notNull(),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull(),
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
    deliveredAt: timestamp("delivered_at", { withTimezone: true }),
  },
  (t) => [
    index("events_undelivered").on(t.id).where(sql`delivered_at is null`),
    index("events_object").on(t.objectId, t.version),
  ],
);
