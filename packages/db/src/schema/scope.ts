/** Accounts, and the (account, region) pairs every regional row belongs to. */
import { integer, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";

export const accounts = pgTable("accounts", {
  accountId: text("account_id").primaryKey(),
  name: text("name").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});

export const scopes = pgTable(
  "scopes",
  {
    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.accountId),
    region: text("region").notNull(),
  },
  (t) => [uniqueIndex("scopes_account_region").on(t.accountId, t.region)],
);
