CREATE TABLE "task_targets" (
	"task_id" text NOT NULL,
	"target_group_id" text NOT NULL,
	"target_id" text NOT NULL,
	"port" integer NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "task_targets_task_id_target_group_id_pk" PRIMARY KEY("task_id","target_group_id")
);
--> statement-breakpoint
ALTER TABLE "service_revisions" ADD COLUMN "load_balancers" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "task_targets" ADD CONSTRAINT "task_targets_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "task_targets_target" ON "task_targets" USING btree ("target_group_id","target_id","port");