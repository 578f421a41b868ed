CREATE TABLE "fargate_fleets" (
	"scope_id" integer PRIMARY KEY NOT NULL,
	"cluster_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fargate_fleets_cluster_id_unique" UNIQUE("cluster_id")
);
--> statement-breakpoint
CREATE TABLE "fargate_hosts" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"machine" text NOT NULL,
	"agent_id" text NOT NULL,
	"cpu" integer NOT NULL,
	"memory_mib" integer NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"idle_since" timestamp with time zone,
	CONSTRAINT "fargate_hosts_size" CHECK ("fargate_hosts"."cpu" > 0 and "fargate_hosts"."memory_mib" > 0)
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "capacity_provider" text;--> statement-breakpoint
ALTER TABLE "fargate_fleets" ADD CONSTRAINT "fargate_fleets_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fargate_fleets" ADD CONSTRAINT "fargate_fleets_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fargate_hosts" ADD CONSTRAINT "fargate_hosts_scope_id_fargate_fleets_scope_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."fargate_fleets"("scope_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fargate_hosts" ADD CONSTRAINT "fargate_hosts_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "fargate_hosts_scope" ON "fargate_hosts" USING btree ("scope_id");--> statement-breakpoint
CREATE INDEX "fargate_hosts_machine" ON "fargate_hosts" USING btree ("machine");--> statement-breakpoint
CREATE UNIQUE INDEX "fargate_hosts_agent" ON "fargate_hosts" USING btree ("agent_id");--> statement-breakpoint
CREATE INDEX "task_state_provisioning" ON "task_state" USING btree ("task_id") WHERE last_status = 'PROVISIONING';