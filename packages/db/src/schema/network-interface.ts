/** Network interfaces: which address of a subnet is whose. A row lives while its task does; the task keeps a copy. */
import { sql } from "drizzle-orm";
import { index, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, scopeId } from "./columns.ts";
import { subnets, vpcs } from "./network.ts";
import { tasks } from "./task.ts";

export const networkInterfaces = pgTable(
  "network_interfaces",
  {
    id: text("id").primaryKey(),
    scopeId: scopeId(),
    vpcId: text("vpc_id")
      .notNull()
      .references(() => vpcs.id),
    subnetId: text("subnet_id")
      .notNull()
      .references(() => subnets.id),
    privateIp: text("private_ip").notNull(),
    mac: text("mac").notNull(),
    groupIds: jsonb("group_ids").$type<string[]>().notNull(),
    description: text("description").notNull(),
    taskId: text("task_id").references(() => tasks.id, { onDelete: "cascade" }),
    /** Of the task's attachment: the end of its ARN. */
    attachmentId: text("attachment_id"),
    publicIp: text("public_ip"),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex("network_interfaces_address").on(t.subnetId, t.privateIp),
    uniqueIndex("network_interfaces_task").on(t.taskId).where(sql`task_id is not null`),
    index("network_interfaces_scope").on(t.scopeId, t.id),
    index("network_interfaces_vpc").on(t.vpcId),
  ],
);
