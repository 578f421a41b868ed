CREATE TABLE "clusters" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"details" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_definition_families" (
	"scope_id" integer NOT NULL,
	"family" text NOT NULL,
	"last_revision" integer NOT NULL,
	CONSTRAINT "task_definition_families_scope_id_family_pk" PRIMARY KEY("scope_id","family")
);
--> statement-breakpoint
CREATE TABLE "task_definitions" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"family" text NOT NULL,
	"revision" integer NOT NULL,
	"status" text NOT NULL,
	"definition" jsonb NOT NULL,
	"compatibilities" jsonb NOT NULL,
	"requires_attributes" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"registered_at" timestamp with time zone DEFAULT now() NOT NULL,
	"registered_by" text NOT NULL,
	"deregistered_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "access_keys" (
	"access_key_id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"user_id" text,
	"agent_id" text,
	"sealed_secret" text NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "access_keys_one_principal" CHECK (("access_keys"."user_id" is null) <> ("access_keys"."agent_id" is null))
);
--> statement-breakpoint
CREATE TABLE "agents" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"cluster_name" text NOT NULL,
	"container_instance_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "user_policies" (
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"document" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_policies_user_id_name_pk" PRIMARY KEY("user_id","name")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"user_id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"name" text NOT NULL,
	"path" text NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "agent_sessions" (
	"instance_id" text PRIMARY KEY NOT NULL,
	"gateway_id" text NOT NULL,
	"epoch" bigint NOT NULL,
	"sequence" bigint DEFAULT 0 NOT NULL,
	"connected_at" timestamp with time zone DEFAULT now() NOT NULL,
	"alive_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disconnected_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "container_instances" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"cluster_id" text NOT NULL,
	"agent_id" text,
	"status" text NOT NULL,
	"status_reason" text,
	"client_token" text,
	"ec2_instance_id" text,
	"version_info" jsonb NOT NULL,
	"attributes" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"registered_resources" jsonb NOT NULL,
	"cpu_total" integer NOT NULL,
	"memory_total" integer NOT NULL,
	"cpu_free" integer NOT NULL,
	"memory_free" integer NOT NULL,
	"agent_connected" boolean DEFAULT false NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"registered_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deregistered_at" timestamp with time zone,
	CONSTRAINT "container_instances_cpu" CHECK ("container_instances"."cpu_free" >= 0 and "container_instances"."cpu_free" <= "container_instances"."cpu_total"),
	CONSTRAINT "container_instances_memory" CHECK ("container_instances"."memory_free" >= 0 and "container_instances"."memory_free" <= "container_instances"."memory_total")
);
--> statement-breakpoint
CREATE TABLE "instance_ports" (
	"instance_id" text NOT NULL,
	"protocol" text NOT NULL,
	"port" integer NOT NULL,
	"task_id" text,
	CONSTRAINT "instance_ports_instance_id_protocol_port_pk" PRIMARY KEY("instance_id","protocol","port")
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"account_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scopes" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "scopes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"account_id" text NOT NULL,
	"region" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "launch_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"cluster_id" text NOT NULL,
	"client_token" text,
	"request_hash" text NOT NULL,
	"status" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"failures" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deadline" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "task_metrics" (
	"task_id" text NOT NULL,
	"container_name" text NOT NULL,
	"epoch" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"cpu_percent" double precision,
	"memory_mib" double precision,
	CONSTRAINT "task_metrics_task_id_container_name_pk" PRIMARY KEY("task_id","container_name")
);
--> statement-breakpoint
CREATE TABLE "task_state" (
	"task_id" text PRIMARY KEY NOT NULL,
	"cluster_id" text NOT NULL,
	"instance_id" text,
	"desired_status" text NOT NULL,
	"last_status" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"containers" jsonb NOT NULL,
	"health_status" text DEFAULT 'UNKNOWN' NOT NULL,
	"stop_code" text,
	"stopped_reason" text,
	"connectivity" text,
	"connectivity_at" timestamp with time zone,
	"pull_started_at" timestamp with time zone,
	"pull_stopped_at" timestamp with time zone,
	"started_at" timestamp with time zone,
	"stopping_at" timestamp with time zone,
	"execution_stopped_at" timestamp with time zone,
	"stopped_at" timestamp with time zone,
	"delivered_epoch" bigint
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"cluster_id" text NOT NULL,
	"task_definition_id" text NOT NULL,
	"family" text NOT NULL,
	"launch_request_id" text,
	"launch_type" text NOT NULL,
	"task_group" text NOT NULL,
	"started_by" text,
	"demand" jsonb NOT NULL,
	"cpu" text,
	"memory" text,
	"overrides" jsonb NOT NULL,
	"containers" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"enable_execute_command" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bells" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "bells_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"not_before" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"claimed_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"id" bigint PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"attempts" integer NOT NULL,
	"last_error" text,
	"created_at" timestamp with time zone NOT NULL,
	"died_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"scope_id" integer NOT NULL,
	"kind" text NOT NULL,
	"object_id" text NOT NULL,
	"version" integer NOT NULL,
	"detail" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "clusters" ADD CONSTRAINT "clusters_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_definition_families" ADD CONSTRAINT "task_definition_families_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_definitions" ADD CONSTRAINT "task_definitions_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_keys" ADD CONSTRAINT "access_keys_account_id_accounts_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_keys" ADD CONSTRAINT "access_keys_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_keys" ADD CONSTRAINT "access_keys_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agents" ADD CONSTRAINT "agents_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_policies" ADD CONSTRAINT "user_policies_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_account_id_accounts_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_sessions" ADD CONSTRAINT "agent_sessions_instance_id_container_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."container_instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "container_instances" ADD CONSTRAINT "container_instances_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "container_instances" ADD CONSTRAINT "container_instances_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "container_instances" ADD CONSTRAINT "container_instances_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instance_ports" ADD CONSTRAINT "instance_ports_instance_id_container_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."container_instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scopes" ADD CONSTRAINT "scopes_account_id_accounts_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "launch_requests" ADD CONSTRAINT "launch_requests_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "launch_requests" ADD CONSTRAINT "launch_requests_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_state" ADD CONSTRAINT "task_state_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_state" ADD CONSTRAINT "task_state_instance_id_container_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."container_instances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_task_definition_id_task_definitions_id_fk" FOREIGN KEY ("task_definition_id") REFERENCES "public"."task_definitions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "clusters_scope_name" ON "clusters" USING btree ("scope_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "task_definitions_revision" ON "task_definitions" USING btree ("scope_id","family","revision");--> statement-breakpoint
CREATE INDEX "task_definitions_status" ON "task_definitions" USING btree ("scope_id","status","family","revision");--> statement-breakpoint
CREATE INDEX "access_keys_user" ON "access_keys" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_account_name" ON "users" USING btree ("account_id",lower("name"));--> statement-breakpoint
CREATE INDEX "agent_sessions_gateway" ON "agent_sessions" USING btree ("gateway_id") WHERE disconnected_at is null;--> statement-breakpoint
CREATE INDEX "container_instances_cluster" ON "container_instances" USING btree ("cluster_id","status","id");--> statement-breakpoint
CREATE UNIQUE INDEX "container_instances_token" ON "container_instances" USING btree ("cluster_id","client_token");--> statement-breakpoint
CREATE UNIQUE INDEX "container_instances_agent" ON "container_instances" USING btree ("agent_id") WHERE status <> 'INACTIVE';--> statement-breakpoint
CREATE INDEX "instance_ports_task" ON "instance_ports" USING btree ("task_id") WHERE task_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "scopes_account_region" ON "scopes" USING btree ("account_id","region");--> statement-breakpoint
CREATE UNIQUE INDEX "launch_requests_token" ON "launch_requests" USING btree ("cluster_id","client_token") WHERE client_token is not null;--> statement-breakpoint
CREATE INDEX "launch_requests_open" ON "launch_requests" USING btree ("deadline") WHERE status = 'OPEN';--> statement-breakpoint
CREATE INDEX "launch_requests_created" ON "launch_requests" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "task_state_placing" ON "task_state" USING btree ("cluster_id","task_id") WHERE last_status = 'PLACING';--> statement-breakpoint
CREATE INDEX "task_state_instance" ON "task_state" USING btree ("instance_id","task_id") WHERE last_status <> 'STOPPED';--> statement-breakpoint
CREATE INDEX "task_state_cluster_live" ON "task_state" USING btree ("cluster_id","task_id") WHERE last_status <> 'STOPPED';--> statement-breakpoint
CREATE INDEX "task_state_cluster" ON "task_state" USING btree ("cluster_id","desired_status","task_id");--> statement-breakpoint
CREATE INDEX "task_state_stopped" ON "task_state" USING btree ("stopped_at") WHERE last_status = 'STOPPED';--> statement-breakpoint
CREATE INDEX "tasks_launch_request" ON "tasks" USING btree ("launch_request_id");--> statement-breakpoint
CREATE INDEX "bells_key" ON "bells" USING btree ("kind","key");--> statement-breakpoint
CREATE INDEX "bells_due" ON "bells" USING btree ("not_before");--> statement-breakpoint
CREATE INDEX "events_undelivered" ON "events" USING btree ("id") WHERE delivered_at is null;--> statement-breakpoint
CREATE INDEX "events_object" ON "events" USING btree ("object_id","version");--> statement-breakpoint
-- Most updates of a task's state then stay on their page and touch no index (HOT).
ALTER TABLE "task_state" SET (fillfactor = 60);
