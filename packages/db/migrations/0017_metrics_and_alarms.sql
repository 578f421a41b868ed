CREATE TABLE "alarm_history" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "alarm_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"scope_id" integer NOT NULL,
	"alarm_name" text collate "C" NOT NULL,
	"kind" text NOT NULL,
	"summary" text NOT NULL,
	"data" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alarms" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text collate "C" NOT NULL,
	"definition" jsonb NOT NULL,
	"actions_enabled" boolean NOT NULL,
	"tags" jsonb NOT NULL,
	"state" text NOT NULL,
	"state_reason" text NOT NULL,
	"state_reason_data" text,
	"state_updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"transitioned_at" timestamp with time zone DEFAULT now() NOT NULL,
	"configured_at" timestamp with time zone DEFAULT now() NOT NULL,
	"next_ms" bigint NOT NULL,
	"evaluated_ms" bigint,
	"version" bigint DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "balancer_counters" (
	"worker" text PRIMARY KEY NOT NULL,
	"counters" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "metric_sources" (
	"source" text PRIMARY KEY NOT NULL,
	"closed_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "metrics" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "metrics_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"scope_id" integer NOT NULL,
	"namespace" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"dimensions" jsonb NOT NULL,
	"dimension_key" text collate "C" NOT NULL,
	"last_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_samples" (
	"task_id" text NOT NULL,
	"container_name" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"cpu_percent" double precision,
	"memory_mib" double precision,
	CONSTRAINT "task_samples_task_id_container_name_at_pk" PRIMARY KEY("task_id","container_name","at")
);
--> statement-breakpoint
ALTER TABLE "alarm_history" ADD CONSTRAINT "alarm_history_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alarms" ADD CONSTRAINT "alarms_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metrics" ADD CONSTRAINT "metrics_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alarm_history_alarm" ON "alarm_history" USING btree ("scope_id","alarm_name","id");--> statement-breakpoint
CREATE INDEX "alarm_history_at" ON "alarm_history" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "alarms_scope_name" ON "alarms" USING btree ("scope_id","name");--> statement-breakpoint
CREATE INDEX "alarms_due" ON "alarms" USING btree ("next_ms");--> statement-breakpoint
CREATE INDEX "alarms_actions" ON "alarms" USING gin ((definition -> 'alarmActions'));--> statement-breakpoint
CREATE UNIQUE INDEX "metrics_identity" ON "metrics" USING btree ("scope_id","namespace","name","dimension_key");--> statement-breakpoint
CREATE INDEX "task_samples_at" ON "task_samples" USING btree ("at");--> statement-breakpoint
-- Statistics of metrics: one row of a metric, time and unit, partitioned by the day in milliseconds.
-- A partition is made when it is needed and dropped whole when it is too old.
CREATE TABLE "metric_data" (
  "metric_id" bigint NOT NULL,
  "at_ms" bigint NOT NULL,
  "unit" text NOT NULL,
  "sample_count" double precision NOT NULL,
  "sum" double precision NOT NULL,
  "minimum" double precision NOT NULL,
  "maximum" double precision NOT NULL,
  PRIMARY KEY ("metric_id", "at_ms", "unit")
) PARTITION BY RANGE ("at_ms");
