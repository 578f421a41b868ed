CREATE TABLE "network_interfaces" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"vpc_id" text NOT NULL,
	"subnet_id" text NOT NULL,
	"private_ip" text NOT NULL,
	"mac" text NOT NULL,
	"group_ids" jsonb NOT NULL,
	"description" text NOT NULL,
	"task_id" text,
	"attachment_id" text,
	"public_ip" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "service_revisions" ADD COLUMN "network" jsonb;--> statement-breakpoint
ALTER TABLE "task_state" ADD COLUMN "network_interface" jsonb;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "network" jsonb;--> statement-breakpoint
ALTER TABLE "network_interfaces" ADD CONSTRAINT "network_interfaces_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_interfaces" ADD CONSTRAINT "network_interfaces_vpc_id_vpcs_id_fk" FOREIGN KEY ("vpc_id") REFERENCES "public"."vpcs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_interfaces" ADD CONSTRAINT "network_interfaces_subnet_id_subnets_id_fk" FOREIGN KEY ("subnet_id") REFERENCES "public"."subnets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_interfaces" ADD CONSTRAINT "network_interfaces_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "network_interfaces_address" ON "network_interfaces" USING btree ("subnet_id","private_ip");--> statement-breakpoint
CREATE UNIQUE INDEX "network_interfaces_task" ON "network_interfaces" USING btree ("task_id") WHERE task_id is not null;--> statement-breakpoint
CREATE INDEX "network_interfaces_scope" ON "network_interfaces" USING btree ("scope_id","id");--> statement-breakpoint
CREATE INDEX "network_interfaces_vpc" ON "network_interfaces" USING btree ("vpc_id");