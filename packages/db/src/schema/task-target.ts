/** Which targets of which groups are a service's tasks; the rows outlast the target until its task's agent may be told to stop it. */
import { index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { tasks } from "./task.ts";

export const taskTargets = pgTable(
  "task_targets",
  {
    taskId: text("task_id")
      .notNull()
      .references(() => tasks.id, { onDelete: "cascade" }),
    targetGroupId: text("target_group_id").notNull(),
    targetId: text("target_id").notNull(),
    port: integer("port").notNull(),
    /** A draining task gets no new requests; its agent is told to stop it once its target is gone. */
    state: text("state").$type<"registered" | "draining">().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.targetGroupId] }),
    index("task_targets_target").on(t.targetGroupId, t.targetId, t.port),
  ],
);
