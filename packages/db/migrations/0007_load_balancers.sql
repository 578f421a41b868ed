CREATE TABLE "listener_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"listener_id" text NOT NULL,
	"priority" integer NOT NULL,
	"conditions" jsonb NOT NULL,
	"actions" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "listeners" (
	"id" text PRIMARY KEY NOT NULL,
	"load_balancer_id" text NOT NULL,
	"protocol" text NOT NULL,
	"port" integer NOT NULL,
	"default_actions" jsonb NOT NULL,
	"default_rule_id" text NOT NULL,
	"certificates" jsonb NOT NULL,
	"ssl_policy" text,
	"attributes" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "load_balancers" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"scheme" text NOT NULL,
	"state" text NOT NULL,
	"state_reason" text,
	"slot" integer NOT NULL,
	"address" text NOT NULL,
	"loopback_address" text NOT NULL,
	"dns_name" text NOT NULL,
	"vpc_id" text NOT NULL,
	"subnets" jsonb NOT NULL,
	"security_groups" jsonb NOT NULL,
	"attributes" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "load_balancers_slot_in_pool" CHECK ("load_balancers"."slot" between 1 and 16382)
);
--> statement-breakpoint
CREATE TABLE "target_group_uses" (
	"target_group_id" text NOT NULL,
	"listener_id" text NOT NULL,
	"rule_id" text NOT NULL,
	CONSTRAINT "target_group_uses_rule_id_target_group_id_pk" PRIMARY KEY("rule_id","target_group_id")
);
--> statement-breakpoint
CREATE TABLE "target_groups" (
	"id" text PRIMARY KEY NOT NULL,
	"scope_id" integer NOT NULL,
	"name" text NOT NULL,
	"protocol" text NOT NULL,
	"protocol_version" text NOT NULL,
	"port" integer NOT NULL,
	"target_type" text NOT NULL,
	"vpc_id" text NOT NULL,
	"health_check" jsonb NOT NULL,
	"attributes" jsonb NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "target_health" (
	"target_group_id" text NOT NULL,
	"target_id" text NOT NULL,
	"port" integer NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"description" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "target_health_target_group_id_target_id_port_pk" PRIMARY KEY("target_group_id","target_id","port")
);
--> statement-breakpoint
CREATE TABLE "targets" (
	"target_group_id" text NOT NULL,
	"target_id" text NOT NULL,
	"port" integer NOT NULL,
	"availability_zone" text,
	"state" text NOT NULL,
	"registered_at" timestamp with time zone DEFAULT now() NOT NULL,
	"draining_since" timestamp with time zone,
	CONSTRAINT "targets_target_group_id_target_id_port_pk" PRIMARY KEY("target_group_id","target_id","port"),
	CONSTRAINT "targets_draining_since" CHECK (("targets"."state" = 'draining') = ("targets"."draining_since" is not null))
);
--> statement-breakpoint
ALTER TABLE "listener_rules" ADD CONSTRAINT "listener_rules_listener_id_listeners_id_fk" FOREIGN KEY ("listener_id") REFERENCES "public"."listeners"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "listeners" ADD CONSTRAINT "listeners_load_balancer_id_load_balancers_id_fk" FOREIGN KEY ("load_balancer_id") REFERENCES "public"."load_balancers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "load_balancers" ADD CONSTRAINT "load_balancers_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "target_group_uses" ADD CONSTRAINT "target_group_uses_target_group_id_target_groups_id_fk" FOREIGN KEY ("target_group_id") REFERENCES "public"."target_groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "target_group_uses" ADD CONSTRAINT "target_group_uses_listener_id_listeners_id_fk" FOREIGN KEY ("listener_id") REFERENCES "public"."listeners"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "target_groups" ADD CONSTRAINT "target_groups_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "target_health" ADD CONSTRAINT "target_health_target_group_id_target_id_port_targets_target_group_id_target_id_port_fk" FOREIGN KEY ("target_group_id","target_id","port") REFERENCES "public"."targets"("target_group_id","target_id","port") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "targets" ADD CONSTRAINT "targets_target_group_id_target_groups_id_fk" FOREIGN KEY ("target_group_id") REFERENCES "public"."target_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "listener_rules_priority" ON "listener_rules" USING btree ("listener_id","priority");--> statement-breakpoint
CREATE UNIQUE INDEX "listeners_port" ON "listeners" USING btree ("load_balancer_id","port");--> statement-breakpoint
CREATE UNIQUE INDEX "listeners_default_rule" ON "listeners" USING btree ("default_rule_id");--> statement-breakpoint
CREATE UNIQUE INDEX "load_balancers_scope_name" ON "load_balancers" USING btree ("scope_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "load_balancers_slot" ON "load_balancers" USING btree ("slot");--> statement-breakpoint
CREATE UNIQUE INDEX "load_balancers_dns_name" ON "load_balancers" USING btree ("dns_name");--> statement-breakpoint
CREATE INDEX "target_group_uses_group" ON "target_group_uses" USING btree ("target_group_id");--> statement-breakpoint
CREATE INDEX "target_group_uses_listener" ON "target_group_uses" USING btree ("listener_id");--> statement-breakpoint
CREATE UNIQUE INDEX "target_groups_scope_name" ON "target_groups" USING btree ("scope_id","name");--> statement-breakpoint
CREATE INDEX "targets_draining" ON "targets" USING btree ("draining_since") WHERE state = 'draining';