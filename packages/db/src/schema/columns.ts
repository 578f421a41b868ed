/** Columns that many tables have alike; the schema's files call these. */
import type { Tag } from "@roadstead/model/container-instance";
import { customType, integer, jsonb, timestamp } from "drizzle-orm/pg-core";
import { scopes } from "./scope.ts";

/** The account and region that a row belongs to. */
export const scopeId = () =>
  integer("scope_id")
    .notNull()
    .references(() => scopes.id);

/** A time that is the insert's unless it is given. */
export const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();
export const createdAt = () => moment("created_at");

export const tags = () => jsonb("tags").$type<Tag[]>().notNull();

/** Lists are in byte order, whatever the database's locale. */
export const bytewise = customType<{ data: string }>({ dataType: () => 'text collate "C"' });
