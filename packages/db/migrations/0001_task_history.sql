-- What stopped long enough ago leaves the hot tables. One partition a day, made when it is needed and
-- dropped whole when it is too old.
CREATE TABLE "task_history" (
  "task_id" text NOT NULL,
  "scope_id" integer NOT NULL,
  "cluster_id" text NOT NULL,
  "stopped_at" timestamp with time zone NOT NULL,
  "task" jsonb NOT NULL,
  "state" jsonb NOT NULL,
  PRIMARY KEY ("task_id", "stopped_at")
) PARTITION BY RANGE ("stopped_at");
--> statement-breakpoint
CREATE INDEX "task_history_cluster" ON "task_history" ("cluster_id", "stopped_at");
