CREATE TABLE "scalable_targets" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"resource_id" text collate "C" NOT NULL,
	"min_capacity" integer NOT NULL,
	"max_capacity" integer NOT NULL,
	"suspended" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scaling_activities" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"resource_id" text collate "C" NOT NULL,
	"target_id" text NOT NULL,
	"description" text NOT NULL,
	"cause" text NOT NULL,
	"status" text NOT NULL,
	"status_message" text,
	"from_count" integer,
	"to_count" integer,
	"cooldown_seconds" integer DEFAULT 0 NOT NULL,
	"not_scaled_reasons" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "scaling_policies" (
	"id" text PRIMARY KEY NOT NULL,
	"target_id" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"configuration" jsonb NOT NULL,
	"alarm_names" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scheduled_actions" (
	"id" text PRIMARY KEY NOT NULL,
	"target_id" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"schedule" text NOT NULL,
	"timezone" text,
	"start_at" timestamp with time zone,
	"end_at" timestamp with time zone,
	"min_capacity" integer,
	"max_capacity" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"next_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "scalable_targets" ADD CONSTRAINT "scalable_targets_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scaling_activities" ADD CONSTRAINT "scaling_activities_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scaling_policies" ADD CONSTRAINT "scaling_policies_target_id_scalable_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."scalable_targets"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scheduled_actions" ADD CONSTRAINT "scheduled_actions_target_id_scalable_targets_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."scalable_targets"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "scalable_targets_resource" ON "scalable_targets" USING btree ("scope_id","resource_id");--> statement-breakpoint
CREATE INDEX "scaling_activities_resource" ON "scaling_activities" USING btree ("scope_id","resource_id","started_at");--> statement-breakpoint
CREATE INDEX "scaling_activities_target" ON "scaling_activities" USING btree ("target_id","started_at");--> statement-breakpoint
CREATE INDEX "scaling_activities_started" ON "scaling_activities" USING btree ("started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "scaling_policies_name" ON "scaling_policies" USING btree ("target_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "scheduled_actions_name" ON "scheduled_actions" USING btree ("target_id","name");