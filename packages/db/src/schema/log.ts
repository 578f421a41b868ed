/**
 * Log groups and streams. The lines are in `log_chunks`, which a migration makes by hand: compressed batches of one
 * stream and hour, in one partition a day.
 */
import { bigint, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { bytewise, createdAt, scopeId } from "./columns.ts";

export type LogGroupClass = "STANDARD" | "INFREQUENT_ACCESS" | "ESSENTIALS" | "DELIVERY";

export const logGroups = pgTable(
  "log_groups",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    name: bytewise("name").notNull(),
    class: text("class").$type<LogGroupClass>().notNull(),
    /** Null keeps events for ever. */
    retentionDays: integer("retention_days"),
    tags: jsonb("tags").$type<Record<string, string>>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("log_groups_name").on(t.scopeId, t.name)],
);

/** Times of events are milliseconds since 1970, as the API has them; null while there are none. */
export const logStreams = pgTable(
  "log_streams",
  {
    id: text("id").primaryKey(),
    groupId: text("group_id")
      .notNull()
      .references(() => logGroups.id, { onDelete: "cascade" }),
    name: bytewise("name").notNull(),
    createdAt: createdAt(),
    firstEventMs: bigint("first_event_ms", { mode: "number" }),
    lastEventMs: bigint("last_event_ms", { mode: "number" }),
    lastIngestionMs: bigint("last_ingestion_ms", { mode: "number" }),
    /** The newest batch of a writer that numbers its batches: the same one again adds nothing. */
    batchWriter: text("batch_writer"),
    batchNumber: bigint("batch_number", { mode: "number" }),
    /** Compressed. */
    storedBytes: bigint("stored_bytes", { mode: "number" }).notNull().default(0),
    /** Chunks written since the stream was last compacted. */
    looseChunks: integer("loose_chunks").notNull().default(0),
  },
  (t) => [
    uniqueIndex("log_streams_name").on(t.groupId, t.name),
    index("log_streams_last_event").on(t.groupId, t.lastEventMs),
  ],
);

/** Groups and streams that were deleted, whose chunks are still to go. */
export const logRemovals = pgTable("log_removals", {
  /** Of the group or the stream. */
  id: text("id").primaryKey(),
  kind: text("kind").$type<"group" | "stream">().notNull(),
});
