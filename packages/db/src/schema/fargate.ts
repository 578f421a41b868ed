/** The machines that tasks of launch type FARGATE run on, which no user ever sees. */
import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { clusters } from "./cluster.ts";
import { createdAt } from "./columns.ts";
import { agents } from "./iam.ts";
import { scopes } from "./scope.ts";

/** An account's fleet in a region: its hosts are registered in a cluster with a name that nobody can write. */
export const fargateFleets = pgTable("fargate_fleets", {
  scopeId: integer("scope_id")
    .primaryKey()
    .references(() => scopes.id),
  clusterId: text("cluster_id")
    .notNull()
    .unique()
    .references(() => clusters.id),
  createdAt: createdAt(),
});

export const fargateHosts = pgTable(
  "fargate_hosts",
  {
    id: text("id").primaryKey(),
    scopeId: integer("scope_id")
      .notNull()
      .references(() => fargateFleets.scopeId),
    /** Which machine's provider runs it: the others leave it alone. */
    machine: text("machine").notNull(),
    agentId: text("agent_id")
      .notNull()
      .references(() => agents.id),
    cpu: integer("cpu").notNull(),
    memoryMiB: integer("memory_mib").notNull(),
    /** RETIRED ones take no more tasks; their row goes when their process has ended. */
    status: text("status").$type<"ACTIVE" | "RETIRED">().notNull(),
    createdAt: createdAt(),
    /** When it was last seen without tasks; null while it has some. */
    idleSince: timestamp("idle_since", { withTimezone: true }),
  },
  (t) => [
    index("fargate_hosts_scope").on(t.scopeId),
    index("fargate_hosts_machine").on(t.machine),
    uniqueIndex("fargate_hosts_agent").on(t.agentId),
    check("fargate_hosts_size", sql`${t.cpu} > 0 and ${t.memoryMiB} > 0`),
  ],
);
